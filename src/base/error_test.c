#include "unit/unit.h"

#include "base/text.h"

#include <string.h>

TEST(error_keeps_the_first_cause)
{
    struct error err = { 0 };
    assert_false(fail(&err, ERR_NOT_FOUND, "ca '%s' does not exist", "x"));
    int line = err.line;
    assert_false(fail(&err, ERR_INTERNAL, "something else"));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.message, "ca 'x' does not exist");
    assert_int_equal(err.line, line);
    assert_non_null(strstr(err.file, "error_test.c"));
}

TEST(error_fails_with_null)
{
    struct error err = { 0 };
    assert_null(fail_null(&err, ERR_BUSY, "full"));
    assert_int_equal(err.code, ERR_BUSY);
}

TEST(error_context_goes_before_the_cause)
{
    struct error err = { 0 };
    fail(&err, ERR_INVALID, "too long");
    assert_false(error_context(&err, "profile '%s'", "a"));
    assert_string_equal(err.message, "profile 'a': too long");
}

TEST(error_context_that_fills_the_message_is_cut)
{
    struct error err = { 0 };
    char longer[2 * ERROR_MESSAGE_OCTETS];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    fail(&err, ERR_INVALID, "%s", longer);
    error_context(&err, "%s", longer);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_OCTETS - 1);
}

TEST(error_clear_forgets)
{
    struct error err = { 0 };
    fail(&err, ERR_INVALID, "x");
    error_clear(&err);
    assert_int_equal(err.code, ERR_NONE);
    assert_string_equal(err.message, "");
}

TEST(error_every_code_has_a_text_and_a_status)
{
    for (enum error_code code = ERR_NONE; code < ERR_COUNT; code++) {
        assert_non_null(error_code_text(code));
        assert_in_range(error_http_status(code), 200, 599);
        for (enum error_code other = ERR_NONE; other < code; other++)
            assert_false(text_equal(error_code_text(code), error_code_text(other)));
    }
}
