# Sourced by ./check --all: what takes long.
# shellcheck shell=bash

say "thread sanitizer"
build build/tsan -Dwerror=true -Db_sanitize=thread -Db_lundef=false
# The kill test forks, which the sanitizer would rather not.
TSAN_OPTIONS=halt_on_error=1:die_after_fork=0 unit build/tsan "$postgres"

say "static analysis"
step "gcc -fanalyzer" sh -c '[ -e build/analyzer/build.ninja ] || CFLAGS=-fanalyzer meson setup build/analyzer -Dwerror=true; ninja -C build/analyzer'
step "clang-tidy" sh -c 'git ls-files "src/*.c" | grep -v _test.c | xargs clang-tidy -p build/clang --quiet \
    --checks=-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,clang-analyzer-*,-clang-analyzer-security.insecureAPI.* --warnings-as-errors=*'

say "fifty kills"
CLOUDPKI_KILLS=50 pytests kills test/scenario/test_crash.py

say "long fuzzing"
fuzz_all 600
