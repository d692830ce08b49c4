#include "unit/unit.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct unit_test *first;
static struct unit_test **last = &first;

void unit_register(struct unit_test *test)
{
    *last = test;
    last = &test->next;
}

struct bytes unit_hex(const char *hex)
{
    size_t len = 0;
    uint8_t *data = memory_new(strlen(hex) / 2 + 1); /* reachable until exit by design */
    static uint8_t *kept[4096];
    static size_t kept_count;
    assert_true(kept_count < sizeof kept / sizeof kept[0]);
    kept[kept_count++] = data;
    for (const char *p = hex; *p;) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        char pair[3] = { p[0], p[1], 0 };
        assert_true(isxdigit((unsigned char)p[0]) && isxdigit((unsigned char)p[1]));
        data[len++] = (uint8_t)strtoul(pair, NULL, 16);
        p += 2;
    }
    return (struct bytes){ data, len };
}

struct bytes unit_file(const char *name)
{
    static uint8_t *kept[256];
    static size_t kept_count;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("TEST_DATA"), name);
    FILE *file = fopen(path, "rb");
    if (!file)
        unit_fail("%s cannot be opened", path);
    fseek(file, 0, SEEK_END);
    long len = ftell(file);
    rewind(file);
    assert_true(len >= 0 && kept_count < sizeof kept / sizeof kept[0]);
    uint8_t *data = memory_new((size_t)len + 1);
    kept[kept_count++] = data;
    assert_int_equal(fread(data, 1, (size_t)len, file), len);
    fclose(file);
    return (struct bytes){ data, (size_t)len };
}

void unit_ok(int ok, const struct error *err)
{
    if (!ok)
        unit_fail("%s (%s:%d)", err->message, err->file ? err->file : "?", err->line);
    assert_int_equal(err->code, ERR_NONE);
}

int main(void)
{
    size_t count = 0;
    for (struct unit_test *test = first; test; test = test->next)
        count++;
    struct CMUnitTest *tests = memory_new_array(count, sizeof *tests);
    size_t i = 0;
    for (struct unit_test *test = first; test; test = test->next)
        tests[i++] = (struct CMUnitTest){ test->name, test->run, NULL, NULL, NULL };
    int failed = _cmocka_run_group_tests("unit", tests, count, NULL, NULL);
    memory_free(tests);
    return failed ? 1 : 0;
}
