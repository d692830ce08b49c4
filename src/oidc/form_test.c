#include "unit/unit.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "oidc/errors.h"
#include "oidc/form.h"

#include <stdio.h>

static bool parse(const char *text, struct arena *arena, struct form *form)
{
    struct error err = { .code = ERR_NONE };
    bool is_good = form_parse(bytes_of_text(text), arena, form, &err);
    assert_int_equal(is_good, err.code == ERR_NONE);
    return is_good;
}

/* RFC 6749 Appendix B. */
TEST(form_decodes_the_example_of_rfc_6749)
{
    struct form form;
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_true(parse("a=+%25%26%2B%C2%A3%E2%82%AC", arena, &form));
    assert_string_equal(form_find(&form, "a"), " %&+\xC2\xA3\xE2\x82\xAC");
}

/* RFC 6749 §3.2: without a value it is as if it had not been sent. */
TEST(form_leaves_out_what_has_no_value)
{
    struct form form;
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_true(parse("a=&b&c=1&&a=2", arena, &form));
    assert_null(form_find(&form, "b"));
    assert_string_equal(form_find(&form, "a"), "2");
    assert_string_equal(form_find(&form, "c"), "1");
}

TEST(form_refuses_what_cannot_be)
{
    static const char *const texts[] = { "a=1&a=2", "a=1&%61=2", "a=%",   "a=%zz",
                                         "a=%00",   "a=%ff",     "%ff=1", "a=%1" };
    struct form form;
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (parse(texts[i], arena, &form))
            unit_fail("%s is accepted", texts[i]);
}

TEST(form_has_only_so_many_members)
{
    struct form form;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *text = buf_new(4096);
    for (int i = 0; i < FORM_MEMBERS_MAX; i++)
        buf_add_format(text, "a%d=1&", i);
    assert_true(parse(buf_text(text), arena, &form));
    buf_add_text(text, "b=1");
    assert_false(parse(buf_text(text), arena, &form));
}

TEST(errors_have_a_row_for_each_code)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        assert_non_null(oidc_error_rows[code].error);
        assert_true(oidc_error_rows[code].http_status >= 400);
    }
}
