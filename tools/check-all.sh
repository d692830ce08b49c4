# Sourced by ./check --all: what takes long.
# shellcheck shell=bash

say "thread sanitizer"
build build/tsan -Dwerror=true -Db_sanitize=thread -Db_lundef=false
TSAN_OPTIONS=halt_on_error=1 unit build/tsan

say "static analysis"
step "gcc -fanalyzer" sh -c '[ -e build/analyzer/build.ninja ] || CFLAGS=-fanalyzer meson setup build/analyzer -Dwerror=true; ninja -C build/analyzer'
step "clang-tidy" sh -c 'git ls-files "src/*.c" | grep -v _test.c | xargs clang-tidy -p build/clang --quiet \
    --checks=-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,clang-analyzer-*,-clang-analyzer-security.insecureAPI.* --warnings-as-errors=*'

say "fifty kills"
CLOUDPKI_KILLS=50 pytests kills test/scenario/test_crash.py

say "long fuzzing"
for target in $(find build/clang/test/fuzz -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort); do
    name=$(basename "$target")
    step "$name, ten minutes" "$target" -max_total_time=600 -rss_limit_mb=4096 "build/corpus/$name" "test/fuzz/corpus/$name"
done
