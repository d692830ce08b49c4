/*
 * unit - one line per test: TEST(crl_refuses_trailing_bytes) { assert_true(…); }
 *
 * Tests register themselves before main and run through cmocka, which speaks TAP under meson.
 * One program per folder of src.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka's fail() and ours cannot both stand; tests include this header first and use unit_fail. */
#ifdef BASE_ERROR_INCLUDED
#error "include unit/unit.h before every other header"
#endif
#undef fail
#undef fail_msg
#define unit_fail(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/bytes.h"
#include "base/error.h"

struct unit_test {
    const char *name;
    CMUnitTestFunction run;
    struct unit_test *next;
};

void unit_register(struct unit_test *test);

#define TEST(test_name)                                                 \
    static void test_name(void **state);                                \
    static void test_name##_body(void);                                 \
    __attribute__((constructor)) static void test_name##_register(void) \
    {                                                                   \
        static struct unit_test test = { #test_name, test_name, 0 };    \
        unit_register(&test);                                           \
    }                                                                   \
    static void test_name(void **state)                                 \
    {                                                                   \
        (void)state;                                                    \
        test_name##_body();                                             \
    }                                                                   \
    static void test_name##_body(void)

/* The octets of a hex literal, blanks ignored; up to 64 KiB, valid for the test program's life. */
struct bytes unit_hex(const char *hex);

/* A file of test/data, owned by the test program; fails the test when it is not there. */
struct bytes unit_file(const char *name);

/* Fails the test with the error's message unless ok. */
void unit_ok(int ok, const struct error *err);
