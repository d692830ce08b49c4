#include "unit/unit.h"

#include "base/text.h"
#include "scep/query.h"

#include <string.h>

static bool found(const char *query, const char *name, const char *value)
{
    struct bytes raw;
    if (!query_find(query, name, &raw))
        return value == NULL;
    return value && bytes_equal(raw, bytes_of_text(value));
}

TEST(query_names_compare_without_case)
{
    assert_true(found("operation=GetCACaps", "operation", "GetCACaps"));
    assert_true(found("OPERATION=GetCACaps", "operation", "GetCACaps"));
    assert_true(found("message=x&Operation=a&operation=b", "operation", "a"));
    assert_true(found("operation=", "operation", ""));
    assert_true(found("a=1&&operation=x&", "operation", "x"));
    assert_true(found("message=MA==", "message", "MA=="));
    assert_true(found("", "operation", NULL));
    assert_true(found(NULL, "operation", NULL));
    assert_true(found("operation", "operation", NULL));
    assert_true(found("myoperation=x", "operation", NULL));
    assert_true(found("operations=x", "operation", NULL));
    assert_true(found("&=&", "operation", NULL));
}

static const uint8_t octets[] = { 0x30, 0x06, 0xfb, 0xef, 0xbe, 0xff, 0xff, 0x3e };

/* Octets whose base64 has both characters that differ between the alphabets. */
static const char *const variants[] = {
    "MAb7777//z4=",       /* RFC 4648 §4 */
    "MAb7777%2F%2Fz4%3D", /* escaped: certmonger 0.79, nginx */
    "MAb7777%2f%2fz4%3d",
    "MAb7777__z4=", /* url-safe */
    "MAb7777__z4",  /* unpadded */
    "MAb7777//z4",
    "MAb7%0A777//z4=%0A", /* wrapped: strongSwan 5.9.8 */
    "MAb7%0D%0A777%2F%2Fz4%3D%0D%0A",
    "%4dAb7777//z4=",
};

TEST(query_message_in_every_variant)
{
    for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
        struct error err = { .code = ERR_NONE };
        SCOPED(buf_free) struct buf *out = buf_new(SCEP_MESSAGE_OCTETS_MAX);
        unit_ok(query_message(bytes_of_text(variants[i]), out, &err), &err);
        if (!bytes_equal(buf_bytes(out), unit_hex("30 06 fb ef be ff ff 3e")))
            unit_fail("%s", variants[i]);
    }
    assert_int_equal(sizeof octets, 8);
}

TEST(query_message_takes_a_blank_for_plus)
{
    static const char *const plus[] = { "MAD7+vo=", "MAD7%2Bvo=", "MAD7%20vo=", "MAD7 vo=",
                                        "MAD7-vo" };
    for (size_t i = 0; i < ARRAY_LEN(plus); i++) {
        struct error err = { .code = ERR_NONE };
        SCOPED(buf_free) struct buf *out = buf_new(SCEP_MESSAGE_OCTETS_MAX);
        unit_ok(query_message(bytes_of_text(plus[i]), out, &err), &err);
        if (!bytes_equal(buf_bytes(out), unit_hex("30 00 fb fa fa")))
            unit_fail("%s", plus[i]);
    }
}

TEST(query_message_refuses_what_is_no_base64)
{
    static const char *const bad[] = { "MAD7*vo=", "MAD7%zzvo=", "MAD7%", "MAD7%2",
                                       "M",        "MAD7%00",    "%ff%fe" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = { .code = ERR_NONE };
        SCOPED(buf_free) struct buf *out = buf_new(SCEP_MESSAGE_OCTETS_MAX);
        if (query_message(bytes_of_text(bad[i]), out, &err))
            unit_fail("%s", bad[i]);
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

static enum error_code refusal_of_length(size_t len)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *text = buf_new(len + 1);
    SCOPED(buf_free) struct buf *out = buf_new(SCEP_MESSAGE_OCTETS_MAX);
    for (size_t i = 0; i < len; i++)
        buf_add_octet(text, 'M');
    return query_message(buf_bytes(text), out, &err) ? ERR_NONE : err.code;
}

TEST(query_message_length_is_capped)
{
    size_t most = SCEP_MESSAGE_OCTETS_MAX / 3 * 4;
    assert_int_equal(refusal_of_length(most), ERR_NONE);
    assert_int_equal(refusal_of_length(most + 4), ERR_TOO_LARGE);
    assert_int_equal(refusal_of_length((size_t)10 * 1024 * 1024), ERR_TOO_LARGE);
}

TEST(body_is_der_or_its_base64)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *raw = buf_new(SCEP_MESSAGE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *base64 = buf_new(SCEP_MESSAGE_OCTETS_MAX);
    unit_ok(body_message(BYTES_OF(octets), raw, &err), &err);
    assert_true(bytes_equal(buf_bytes(raw), BYTES_OF(octets)));
    unit_ok(body_message(bytes_of_text("MAb7777//z4=\r\n"), base64, &err), &err);
    assert_true(bytes_equal(buf_bytes(base64), BYTES_OF(octets)));
    assert_false(body_message(bytes_of_text("<html>"), base64, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
}
