# Shared by scripts that need Chromium: finds one, or installs Debian's when that is allowed.

find_browser() {
    if command -v chromium chromium-browser google-chrome >/dev/null 2>&1; then return 0; fi
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 1; fi
    say "no Chromium here: installing Debian's"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        >/dev/null 2>&1 </dev/null || return 1
    command -v chromium >/dev/null 2>&1
}

say_what_needs_a_browser() {
    say "############################################################################"
    say "NO BROWSER: no Chromium was found and none could be installed, so the tests"
    say "below DO NOT RUN. Install it (Debian: 'apt install chromium') and try again."
    .venv/bin/python -m pytest --collect-only -q -m browser "$@" 2>/dev/null | grep '::' >&2 || true
    say "############################################################################"
}
