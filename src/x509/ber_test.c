#include "unit/unit.h"

#include "x509/ber.h"

#include <string.h>

enum { ROOM = 1 << 20 };

static bool converts(struct bytes ber, struct buf *out)
{
    struct error err = { .code = ERR_NONE };
    bool good = ber_to_der(ber, out, &err);
    assert_int_equal(good, err.code == ERR_NONE);
    return good;
}

static enum error_code refusal(struct bytes ber)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    return ber_to_der(ber, out, &err) ? ERR_NONE : err.code;
}

/* clang-format off */
static const struct {
    const char *what;
    const char *ber;
    const char *der; /* NULL: refused */
} vectors[] = {
    { "DER stays as it is",               "30 03 02 01 05",                "30 03 02 01 05" },
    { "an empty SEQUENCE",                "30 00",                         "30 00" },
    { "indefinite length",                "30 80 02 01 05 00 00",          "30 03 02 01 05" },
    { "indefinite and empty",             "30 80 00 00",                   "30 00" },
    { "indefinite in indefinite",         "30 80 31 80 05 00 00 00 00 00", "30 04 31 02 05 00" },
    { "a length not minimal",             "30 81 03 02 01 05",             "30 03 02 01 05" },
    { "a length with leading zeroes",     "30 84 00 00 00 03 02 01 05",    "30 03 02 01 05" },
    { "an OCTET STRING in parts",         "24 08 04 02 01 02 04 02 03 04", "04 04 01 02 03 04" },
    { "in parts, indefinite",             "24 80 04 01 01 04 00 04 01 02 00 00", "04 02 01 02" },
    { "parts in parts",                   "24 80 24 80 04 01 01 00 00 04 01 02 00 00", "04 02 01 02" },
    { "no parts",                         "24 80 00 00",                   "04 00" },
    { "an implicit string keeps parts",   "a0 80 04 01 01 04 01 02 00 00", "a0 06 04 01 01 04 01 02" },
    { "end-of-contents missing",          "30 80 02 01 05",                NULL },
    { "end-of-contents cut",              "30 80 02 01 05 00",             NULL },
    { "end-of-contents out of place",     "30 02 00 00",                   NULL },
    { "indefinite primitive",             "04 80 01 00 00",                NULL },
    { "a part that is no OCTET STRING",   "24 03 02 01 05",                NULL },
    { "a part that is longer",            "24 03 04 02 01",                NULL },
    { "an element longer than its parent", "30 03 02 02 05 06",            NULL },
    { "one octet short",                  "30 03 02 01",                   NULL },
    { "one octet long",                   "30 03 02 01 05 00",             NULL },
    { "a tag of several octets",          "bf 21 00",                      NULL },
    { "a reserved length",                "30 ff 00",                      NULL },
    { "a length of nine octets",          "30 89 00 00 00 00 00 00 00 00 00", NULL },
    { "a length past every end",          "30 88 ff ff ff ff ff ff ff ff", NULL },
    { "a lone tag",                       "30",                            NULL },
    { "nothing",                          "",                              NULL },
};
/* clang-format on */

TEST(ber_becomes_der_or_is_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(ROOM);
        bool good = converts(unit_hex(vectors[i].ber), out);
        if (good != (vectors[i].der != NULL))
            unit_fail("%s", vectors[i].what);
        if (good && !bytes_equal(buf_bytes(out), unit_hex(vectors[i].der)))
            unit_fail("%s: other octets", vectors[i].what);
    }
}

TEST(ber_long_content_gets_long_length)
{
    static uint8_t ber[2 + 4 + 300 + 2];
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    memcpy(ber, "\x30\x80\x04\x82\x01\x2c", 6);
    assert_true(converts(BYTES_OF(ber), out));
    assert_int_equal(buf_len(out), 4 + 4 + 300);
    assert_memory_equal(buf_bytes(out).data, "\x30\x82\x01\x30\x04\x82\x01\x2c", 8);
}

static struct buf *nested(size_t levels, uint8_t tag)
{
    struct buf *ber = buf_new(ROOM);
    for (size_t i = 0; i < levels; i++)
        buf_add(ber, (struct bytes){ (const uint8_t[]){ tag, 0x80 }, 2 });
    for (size_t i = 0; i < levels; i++)
        buf_add(ber, (struct bytes){ (const uint8_t[]){ 0, 0 }, 2 });
    return ber;
}

TEST(ber_depth_is_capped)
{
    SCOPED(buf_free) struct buf *deepest = nested(BER_DEPTH_MAX, 0x30);
    SCOPED(buf_free) struct buf *deeper = nested(BER_DEPTH_MAX + 1, 0x30);
    SCOPED(buf_free) struct buf *absurd = nested(100000, 0x30);
    assert_int_equal(refusal(buf_bytes(deepest)), ERR_NONE);
    assert_int_equal(refusal(buf_bytes(deeper)), ERR_TOO_LARGE);
    assert_int_equal(refusal(buf_bytes(absurd)), ERR_TOO_LARGE);
}

TEST(ber_strings_in_strings_are_capped)
{
    SCOPED(buf_free) struct buf *deepest = nested(BER_STRING_DEPTH_MAX + 1, 0x24);
    SCOPED(buf_free) struct buf *deeper = nested(BER_STRING_DEPTH_MAX + 2, 0x24);
    assert_int_equal(refusal(buf_bytes(deepest)), ERR_NONE);
    assert_int_equal(refusal(buf_bytes(deeper)), ERR_TOO_LARGE);
}

static enum error_code refusal_of_elements(size_t count)
{
    SCOPED(buf_free) struct buf *ber = buf_new(ROOM);
    buf_add(ber, (struct bytes){ (const uint8_t[]){ 0x31, 0x80 }, 2 });
    for (size_t i = 0; i < count; i++)
        buf_add(ber, (struct bytes){ (const uint8_t[]){ 0x05, 0 }, 2 });
    buf_add(ber, (struct bytes){ (const uint8_t[]){ 0, 0 }, 2 });
    return refusal(buf_bytes(ber));
}

TEST(ber_elements_are_capped)
{
    assert_int_equal(refusal_of_elements(0), ERR_NONE);
    assert_int_equal(refusal_of_elements(1), ERR_NONE);
    assert_int_equal(refusal_of_elements(2), ERR_NONE);
    assert_int_equal(refusal_of_elements(BER_ELEMENTS_MAX - 1), ERR_NONE);
    assert_int_equal(refusal_of_elements(BER_ELEMENTS_MAX), ERR_TOO_LARGE);
    assert_int_equal(refusal_of_elements(100000), ERR_TOO_LARGE);
}

TEST(ber_output_is_capped_by_the_buf)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *out = buf_new(4);
    assert_false(ber_to_der(unit_hex("30 03 02 01 05"), out, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

TEST(ber_octets_joins_an_implicit_string)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *out = buf_new(16);
    unit_ok(ber_octets(unit_hex("04 01 01 04 02 02 03"), out, &err), &err);
    assert_true(bytes_equal(buf_bytes(out), unit_hex("01 02 03")));
    unit_ok(ber_octets(BYTES_NONE, out, &err), &err);
    assert_false(ber_octets(unit_hex("04 01 01 05 00"), out, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
}
