#include "unit/unit.h"

#include "odata/etag.h"

TEST(etag_matches_as_odata_has_it)
{
    static const struct {
        const char *header;
        enum error_code code;
    } rows[] = {
        { "*", ERR_NONE },
        { "\"7\"", ERR_NONE },
        { "W/\"7\"", ERR_NONE },
        { " W/\"7\" ", ERR_NONE },
        { "\"1\", W/\"7\"", ERR_NONE },
        { "\"6\"", ERR_PRECONDITION },
        { "\"07\"", ERR_PRECONDITION },
        { "\"7 \"", ERR_PRECONDITION },
        { "\"\"", ERR_PRECONDITION },
        { "", ERR_PRECONDITION },
        { "\"1\",\"2\"", ERR_PRECONDITION },
        { "7", ERR_MALFORMED },
        { "\"7", ERR_MALFORMED },
        { "w/\"7\"", ERR_MALFORMED },
        { "\"7\" \"8\"", ERR_MALFORMED },
        { "* x", ERR_MALFORMED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        assert_int_equal(etag_check_match(rows[i].header, 7, &err), rows[i].code == ERR_NONE);
        assert_int_equal(err.code, rows[i].code);
    }
}

TEST(etag_is_listed_or_not)
{
    assert_true(etag_is_listed("W/\"7\"", 7));
    assert_true(etag_is_listed("\"6\", \"7\"", 7));
    assert_true(etag_is_listed("*", 7));
    assert_false(etag_is_listed("W/\"8\"", 7));
    assert_false(etag_is_listed("", 7));
    assert_false(etag_is_listed("7", 7));
    assert_false(etag_is_listed("\"7\" x", 7));
}

TEST(etag_is_weak_and_quoted)
{
    SCOPED(buf_free) struct buf *text = buf_new(64);
    etag_write(7, text);
    assert_string_equal(buf_text(text), "W/\"7\"");
}
