# Shared by scripts that test the training group (torch, several gigabytes): installs it, where disk and network allow.

TRAIN_TESTS=(tests/kb_index/tuning tests/handoff_tuning)

# train_tests [ARGUMENTS OF PYTEST]: with no arguments, or with some that name these tests.
train_tests() {
    local status=0
    [ $# -eq 0 ] || [[ " $*" == *" ${TRAIN_TESTS[0]}"* || " $*" == *" ${TRAIN_TESTS[1]}"* ]] || return 0
    [ $# -gt 0 ] || set -- "${TRAIN_TESTS[@]}"
    (sync_train_group) || { say_what_needs_training; return 0; }
    # The environment knows neither Rasa nor the switchboard, so only these tests can be collected there.
    .venv-train/bin/python -m pytest -m train "$@" || status=$?
    TRAINED=yes
    # 5: the arguments chose none of them.
    [ $status -eq 0 ] || [ $status -eq 5 ] || FAILED+=("tests of the training group")
}

say_what_needs_training() {
    say "############################################################################"
    say "NO TRAINING GROUP: torch could not be installed (above: why), so the tests"
    say "below DO NOT RUN. Make room, or connect to the network, and try again."
    grep -rl "mark.train" "${TRAIN_TESTS[@]}" --include='*.py' | xargs grep -HoE "^def test_\w+" | sed 's/:def /::/' >&2 || true
    say "############################################################################"
    UNTESTED="the tests of the training group DID NOT RUN"
}
