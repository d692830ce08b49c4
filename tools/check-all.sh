# Sourced by ./check --all: what takes long. CLOUDPKI_LONG_FUZZ_SECONDS shortens the fuzzing.
# shellcheck shell=bash

# A build that fails is a failure among others, not the end.
built() {
    step "build $1" bash -c '. tools/common.sh; build "$@"' tools/common.sh "$@"
}

say "thread sanitizer"
built build/tsan -Dwerror=true -Db_sanitize=thread -Db_lundef=false
# The kill tests fork, which the sanitizer would rather not.
export TSAN_OPTIONS="halt_on_error=1:die_after_fork=0:second_deadlock_stack=1:suppressions=$top/test/tsan.suppressions"
unit build/tsan "$postgres"
pytests build/tsan tsan test/scenario/test_{process,auth,cas,leaves,scep,ocsp,crash}.py

say "static analysis"
# Of the program: gcc 12 does not see that cmocka's assertions do not return.
step "gcc -fanalyzer" sh -c '[ -e build/analyzer/build.ninja ] || CFLAGS=-fanalyzer meson setup build/analyzer -Dwerror=true
    ninja -C build/analyzer cloudpki'
# One file each: with several, version 14 loses sight of va_start after the first. Standard error
# only counts what is suppressed.
step "clang-tidy" sh -c 'git ls-files "src/*.c" | grep -v _test.c |
    xargs -P "$(nproc)" -n 1 clang-tidy -p build/clang --quiet 2>/dev/null'

say "fifty kills"
CLOUDPKI_KILLS=${CLOUDPKI_KILLS:-50} pytests build/check kills test/scenario/test_crash.py

say "long fuzzing"
fuzz_all "${CLOUDPKI_LONG_FUZZ_SECONDS:-600}"
