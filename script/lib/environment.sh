# Shared by the scripts in this folder: finds uv and Python 3.11 and keeps .venv and .venv-train equal to their locks.
# Source it from the root of the checkout. It sets UV and PYTHON.

TOOLS=.baton/tools

# Compiled modules are kept: loading TensorFlow takes 5 s with them and 13 s without.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "baton: $*" >&2; }
fail() {
    printf '%s\n' "baton: $*" >&2
    exit 1
}

digest() { sha256sum -- "$1" | cut -d ' ' -f 1; }

# A Python 3.11 that really starts (a pyenv shim may exist and refuse). Empty when there is none.
find_python() {
    local candidate
    PYTHON=""
    for candidate in "${BATON_PYTHON:-}" python3.11 python3 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
            PYTHON=$("$candidate" -c 'import sys; print(sys.executable)')
            return 0
        fi
    done
    return 1
}

# uv from the PATH, or installed once into a private place with whatever Python 3 there is.
find_uv() {
    local python
    if UV=$(command -v uv) && "$UV" --version >/dev/null 2>&1; then return 0; fi
    UV=$PWD/$TOOLS/bin/uv
    if "$UV" --version >/dev/null 2>&1; then return 0; fi
    say "installing uv into $TOOLS (once)"
    (umask 077 && mkdir -p .baton)  # the data folder, too
    for python in "${BATON_PYTHON:-}" python3.11 python3 python; do
        [ -n "$python" ] || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 || continue
        install_uv "$python" && return 0
    done
    fail "uv is missing and could not be installed: install it (https://docs.astral.sh/uv/) or a Python 3 with pip and venv, for example 'apt install python3-venv', then try again."
}

install_uv() {
    local python=$1 log=$TOOLS/install-uv.log
    mkdir -p "$TOOLS"
    if "$python" -m venv --clear "$TOOLS" >/dev/null 2>&1 && mkdir -p "$TOOLS" &&
        "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check uv >"$log" 2>&1; then
        "$UV" --version >/dev/null 2>&1 && return 0
    fi
    # Debian without python3-venv: pip alone can still put uv into a folder.
    mkdir -p "$TOOLS"
    if "$python" -m pip install --quiet --disable-pip-version-check --target "$TOOLS/packages" uv >"$log" 2>&1; then
        mkdir -p "$TOOLS/bin"
        ln -sf ../packages/bin/uv "$TOOLS/bin/uv"
        "$UV" --version >/dev/null 2>&1 && return 0
    fi
    return 1
}

# sync_environment run|dev: .venv becomes what requirements/<kind>.txt says. A development environment stays one.
sync_environment() {
    local kind=$1 stamp=.venv/baton-lock.txt wanted
    [ -x .venv/bin/pytest ] && kind=dev
    wanted="$kind $(digest "requirements/$kind.txt")"
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return 0; fi
    find_uv
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
        enough_disk 4000 "the Python environment"
        create_environment .venv
    fi
    enough_disk 500 "the Python environment"
    say "installing the locked packages from requirements/$kind.txt (about 2 GB the first time)"
    rm -f "$stamp"
    "$UV" pip sync --python .venv/bin/python --require-hashes "requirements/$kind.txt" ||
        fail "the packages could not be installed; uv's message above says why. Check the network and the free disk space, then try again."
    printf '%s\n' "$wanted" >"$stamp"
}

# sync_train_group: .venv-train becomes what requirements/train.txt says. Says why and returns 1 where it cannot.
sync_train_group() {
    local folder=.venv-train stamp=.venv-train/baton-lock.txt needed=6000 wanted started=$SECONDS
    wanted=$(digest requirements/train.txt)
    if [ -x $folder/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then return 0; fi
    # uv links the files from its cache or copies them, so the download may count twice for a while.
    if [ "$(free_disk)" -lt $needed ]; then
        say "the training group needs up to $needed MB of disk and only $(free_disk) MB are free here ($PWD)."
        return 1
    fi
    find_uv
    [ -x $folder/bin/python ] || create_environment $folder
    say "installing the training group from requirements/train.txt (4.5 GB on the disk)"
    rm -f $stamp
    if ! "$UV" pip sync --quiet --python $folder/bin/python --require-hashes requirements/train.txt; then
        say "the training group could not be installed; uv's message above says why."
        return 1
    fi
    printf '%s\n' "$wanted" >$stamp
    say "the training group is installed: $(du -sm $folder | cut -f 1) MB in $((SECONDS - started)) s"
}

# create_environment FOLDER
create_environment() {
    if find_python; then
        say "creating $1 with $PYTHON"
        "$UV" venv --quiet --clear --python "$PYTHON" "$1" || fail "could not create $1 with $PYTHON."
        return 0
    fi
    say "no Python 3.11 here; asking uv for one"
    "$UV" venv --clear --python 3.11 --python-preference managed "$1" ||
        fail "Baton needs Python 3.11 and neither found nor could download one. Install it (for example 'apt install python3.11 python3.11-venv' or pyenv) or name it with BATON_PYTHON=/path/to/python3.11."
}

free_disk() { df -Pm . | awk 'NR == 2 { print $4 }'; }

# enough_disk MEGABYTES WHAT: only asked when something is about to be installed.
enough_disk() {
    local free
    free=$(free_disk)
    [ "$free" -ge "$1" ] || fail "$2 needs up to $1 MB of disk and only $free MB are free here ($PWD)."
}
