# Shared by script/check and script/test: the checks that need no running Baton. Each one runs, whatever the others say.

FAILED=()

# gate NAME COMMAND...: quiet when it passes, all its output when it does not.
gate() {
    local name=$1 started=$SECONDS output
    shift
    if output=$("$@" 2>&1); then
        say "passed  $name ($((SECONDS - started)) s)"
    else
        [ -z "$output" ] || printf '%s\n' "$output" >&2
        say "FAILED  $name ($((SECONDS - started)) s): $*"
        FAILED+=("$name")
    fi
}

web_script() { .venv/bin/python -c 'import sys; from baton.web_build import run_script; run_script(sys.argv[1])' "$1"; }

static_gates() {
    gate "lint" .venv/bin/ruff check
    gate "format" .venv/bin/ruff format --check
    gate "types" .venv/bin/mypy
    gate "import rules" .venv/bin/lint-imports
    gate "web: types and lint" web_script check
}

report_gates() {
    [ ${#FAILED[@]} -eq 0 ] || say "failed so far: $(printf '%s; ' "${FAILED[@]}")"
}
