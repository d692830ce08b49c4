#include "unit/unit.h"

#include "base/text.h"

#include <string.h>

typedef bool decode_fn(struct bytes text, struct buf *out, struct error *err);

static bool decodes(decode_fn *decode, const char *text, const char *expected)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    bool ok = decode(bytes_of_text(text), out, &err);
    assert_int_equal(err.code, ok ? ERR_NONE : ERR_MALFORMED);
    return ok && bytes_equal(buf_bytes(out), bytes_of_text(expected));
}

static bool is_refused(decode_fn *decode, const char *text)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    buf_add_text(out, "x");
    return !decode(bytes_of_text(text), out, &err) && err.code == ERR_MALFORMED;
}

static bool folds(const char *text, const char *expected)
{
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    text_fold(text, out);
    return text_equal(buf_text(out), expected);
}

TEST(text_equality_knows_null_and_case)
{
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("a", "A"));
    assert_true(text_equal_caseless("aZ-1", "Az-1"));
    assert_false(text_equal_caseless("a", "ab"));
    assert_false(text_equal_caseless("ab", "a"));
    assert_false(text_equal_caseless("a", NULL));
    assert_false(text_equal_caseless("@", "`"));
    assert_true(text_starts_with("abc", "ab"));
    assert_false(text_starts_with("a", "ab"));
}

TEST(text_utf8_follows_rfc_3629)
{
    static const struct {
        const char *hex;
        bool ok;
    } rows[] = {
        { "", true },
        { "41", true },
        { "7f", true },
        { "00", false },
        { "80", false },
        { "c2 80", true },
        { "c1 bf", false },
        { "c2", false },
        { "c2 41", false },
        { "e0 a0 80", true },
        { "e0 9f bf", false },
        { "e2 82", false },
        { "ed 9f bf", true },
        { "ed a0 80", false },
        { "ef bf bf", true },
        { "e2 82 41", false },
        { "f0 90 80 80", true },
        { "f0 8f bf bf", false },
        { "f4 8f bf bf", true },
        { "f4 90 80 80", false },
        { "f5 80 80 80", false },
        { "f0 9f 98", false },
        { "41 00 41", false },
        { "ff", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(text_is_utf8(unit_hex(rows[i].hex)), rows[i].ok);
}

TEST(text_control_characters_are_seen)
{
    assert_false(text_has_control("Zoë ~"));
    assert_true(text_has_control("a\nb"));
    assert_true(text_has_control("\x7f"));
    assert_true(text_has_control("\xc2\x9b"));
    assert_false(text_has_control("\xc2\xa0"));
}

TEST(text_characters_are_code_points)
{
    assert_int_equal(text_characters(""), 0);
    assert_int_equal(text_characters("Zoë😀"), 4);
}

TEST(text_uuid_has_its_form)
{
    assert_true(text_is_uuid("01234567-89ab-cdef-ABCD-EF0123456789"));
    assert_false(text_is_uuid("01234567-89ab-cdef-ABCD-EF012345678"));
    assert_false(text_is_uuid("01234567-89ab-cdef-ABCD-EF01234567890"));
    assert_false(text_is_uuid("0123456789abcdefABCDEF0123456789"));
    assert_false(text_is_uuid("g1234567-89ab-cdef-ABCD-EF0123456789"));
    assert_false(text_is_uuid(""));
    assert_false(text_is_uuid(NULL));
}

TEST(text_int_is_whole_and_in_range)
{
    int64_t value = 7;
    assert_true(text_int("0", 0, 9, &value) && value == 0);
    assert_true(text_int("-12", -12, 0, &value) && value == -12);
    assert_true(text_int("9223372036854775807", INT64_MIN, INT64_MAX, &value) &&
                value == INT64_MAX);
    assert_true(text_int("-9223372036854775808", INT64_MIN, INT64_MAX, &value) &&
                value == INT64_MIN);
    static const char *const refused[] = { "",
                                           "-",
                                           "+3",
                                           " 3",
                                           "3 ",
                                           "3x",
                                           "10",
                                           "-1",
                                           "0x1",
                                           "9223372036854775808",
                                           "99999999999999999999" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_false(text_int(refused[i], 0, 9, &value));
    assert_false(text_int("9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_false(text_int(NULL, 0, 9, &value));
    assert_true(value == INT64_MIN);
}

TEST(text_folds_case_and_blanks)
{
    assert_true(folds("", ""));
    assert_true(folds("  ACME \t Root  CA ", "acme root ca"));
    assert_true(folds("Ünïcödé ÀÞ", "ünïcödé àþ"));
    assert_true(folds("ŁÓDŹ ŽŸ", "łódź žÿ"));
    assert_true(folds("ΑΣς Ά", "ασσ ά"));
    assert_true(folds("ЖЁ Ѐ", "жё ѐ"));
    assert_true(folds("ẞ Ạ", "ß ạ"));
    assert_true(folds("a\xc2\xa0\xe3\x80\x80z", "a z"));
    assert_true(folds("×÷ßƀ中😀", "×÷ßƀ中😀"));
    assert_true(folds("A\xff\xc3", "a\xff\xc3"));
}

TEST(text_folding_twice_changes_nothing)
{
    for (uint32_t point = 0x80; point < 0x2100; point++) {
        uint8_t text[4] = { (uint8_t)(0xE0 | point >> 12), (uint8_t)(0x80 | (point >> 6 & 0x3F)),
                            (uint8_t)(0x80 | (point & 0x3F)), 0 };
        if (point < 0x800) {
            text[0] = (uint8_t)(0xC0 | point >> 6);
            text[1] = text[2];
            text[2] = 0;
        }
        SCOPED(buf_free) struct buf *once = buf_new(8);
        SCOPED(buf_free) struct buf *twice = buf_new(8);
        text_fold((const char *)text, once);
        text_fold(buf_text(once), twice);
        assert_string_equal(buf_text(once), buf_text(twice));
        assert_true(text_is_utf8(buf_bytes(once)));
    }
}

TEST(hex_goes_both_ways)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(100);
    hex_encode(unit_hex("00abff"), out);
    hex_encode_lower(unit_hex("00abff"), out);
    assert_string_equal(buf_text(out), "00ABFF00abff");
    buf_truncate(out, 0);
    unit_ok(hex_decode("00aBfF", out, &err), &err);
    assert_true(bytes_equal(buf_bytes(out), unit_hex("00abff")));
    unit_ok(hex_decode("", out, &err), &err);
}

TEST(hex_refuses_odd_and_other_digits)
{
    static const char *const refused[] = { "0", "000", "0g", "g0", "0x00", "00 0", ":0" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct error err = { 0 };
        SCOPED(buf_free) struct buf *out = buf_new(100);
        assert_false(hex_decode(refused[i], out, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

/* RFC 4648 §10. */
static const char *const base64_vectors[][2] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
};

TEST(base64_vectors_of_rfc_4648)
{
    for (size_t i = 0; i < ARRAY_LEN(base64_vectors); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(100);
        base64_encode(bytes_of_text(base64_vectors[i][0]), out);
        assert_string_equal(buf_text(out), base64_vectors[i][1]);
        assert_true(decodes(base64_decode, base64_vectors[i][1], base64_vectors[i][0]));
        assert_true(decodes(base64_decode_lenient, base64_vectors[i][1], base64_vectors[i][0]));
    }
}

TEST(base64url_has_its_alphabet_and_no_padding)
{
    SCOPED(buf_free) struct buf *out = buf_new(100);
    base64url_encode(unit_hex("fbefbeff"), out);
    assert_string_equal(buf_text(out), "----_w");
    assert_true(decodes(base64url_decode, "----_w", "\xfb\xef\xbe\xff"));
    assert_true(decodes(base64url_decode, "", ""));
    static const char *const refused[] = { "----_w==", "+++//w", "----_", "----_x", "-- --_w" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(is_refused(base64url_decode, refused[i]));
}

TEST(base64_is_strict)
{
    static const char *const refused[] = { "Zg",    "Zg=",  "Zg===", "Zh==",   "Zm9=",
                                           "Z===",  "=",    "====",  "Zg==Zg", "Zm9v\n",
                                           "Zm 9v", "Zm9-", "Z",     "Zg==\n", "Zm9v=" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(is_refused(base64_decode, refused[i]));
}

TEST(base64_lenient_takes_what_the_field_sends)
{
    static const char *const taken[] = { "Zg", "Zg==", "Zh", "Z\r\ng =\n=", " Zg" };
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        assert_true(decodes(base64_decode_lenient, taken[i], "f"));
    assert_true(decodes(base64_decode_lenient, "-+_/", "\xfb\xef\xff"));
    static const char *const refused[] = { "Z", "Zg=", "Zg===", "Zg==Zg==", "Zm9v!", "Z%67" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(is_refused(base64_decode_lenient, refused[i]));
}

TEST(base64_that_failed_leaves_nothing_behind)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(100);
    buf_add_text(out, "x");
    assert_false(base64_decode(bytes_of_text("Zm9v!"), out, &err));
    assert_string_equal(buf_text(out), "x");
}

TEST(base64_larger_than_the_target_is_too_large)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(2);
    assert_false(base64_decode(bytes_of_text("Zm9vYmFy"), out, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

TEST(percent_decodes_all_but_plus)
{
    assert_true(decodes(percent_decode, "a%2Fb%2b+%c3%A9", "a/b++é"));
    static const char *const refused[] = { "%", "%1", "a%", "%g0", "%0g", "%00", "a%2" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(is_refused(percent_decode, refused[i]));
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(10);
    assert_false(percent_decode(unit_hex("610062"), out, &err));
}

TEST(percent_encodes_what_is_not_unreserved)
{
    SCOPED(buf_free) struct buf *out = buf_new(100);
    percent_encode("aZ0-._~ /+%é", out);
    assert_string_equal(buf_text(out), "aZ0-._~%20%2F%2B%25%C3%A9");
}

TEST(pem_goes_both_ways_in_64_columns)
{
    uint8_t der[49] = { 1 };
    SCOPED(buf_free) struct buf *pem = buf_new(1000);
    pem_encode("X", BYTES_OF(der), pem);
    pem_encode("Y Z", BYTES_NONE, pem);
    assert_true(text_starts_with(buf_text(pem), "-----BEGIN X-----\nAQAA"));
    const char *second = strchr(strchr(buf_text(pem), '\n') + 1, '\n') + 1;
    assert_true(text_starts_with(second, "AA==\n-----END X-----\n"));

    SCOPED(buf_free) struct buf *out = buf_new(100);
    size_t offset = 0;
    assert_true(pem_next(buf_bytes(pem), &offset, "X", out));
    assert_true(bytes_equal(buf_bytes(out), BYTES_OF(der)));
    buf_truncate(out, 0);
    assert_false(pem_next(buf_bytes(pem), &offset, "X", out));
    offset = 0;
    assert_true(pem_next(buf_bytes(pem), &offset, "Y Z", out));
    assert_int_equal(buf_len(out), 0);
    offset = 0;
    assert_true(pem_next(buf_bytes(pem), &offset, NULL, out));
    assert_true(pem_next(buf_bytes(pem), &offset, NULL, out));
    assert_false(pem_next(buf_bytes(pem), &offset, NULL, out));
}

TEST(pem_skips_text_and_blocks_that_are_none)
{
    static const char text[] = "Subject: CN=x\r\n"
                               "-----BEGIN A-----\r\nZg==\r\n-----END B-----\r\n"
                               "-----BEGIN A-----\r\n!!\r\n-----END A-----\r\n"
                               "-----BEGIN A-----\r\nZm8\r\n-----END A-----";
    SCOPED(buf_free) struct buf *out = buf_new(100);
    size_t offset = 0;
    assert_true(pem_next(bytes_of_text(text), &offset, "A", out));
    assert_string_equal(buf_text(out), "fo");
    assert_int_equal(offset, sizeof text - 1);
    assert_false(pem_next(bytes_of_text(text), &offset, "A", out));
}

TEST(pem_blocks_are_seen_as_they_stand)
{
    struct bytes text = bytes_of_text("a\n-----BEGIN A-----\nAQ==\n-----END A-----\nb"
                                      "-----BEGIN A-----\n-----END B-----\n");
    size_t offset = 0;
    struct pem_block block;
    assert_true(pem_next_block(text, &offset, &block));
    assert_true(bytes_equal(block.before, bytes_of_text("a\n")));
    assert_true(bytes_equal(block.label, bytes_of_text("A")));
    assert_true(bytes_equal(block.body, bytes_of_text("\nAQ==\n")));
    assert_true(pem_next_block(text, &offset, &block));
    assert_true(bytes_equal(block.before, bytes_of_text("\nb")));
    assert_int_equal(block.label.len, 0);
    assert_false(pem_next_block(text, &offset, &block));
}

TEST(pem_unfinished_is_none)
{
    static const char *const texts[] = { "", "-----BEGIN ", "-----BEGIN A-----",
                                         "-----BEGIN A-----\nZg==\n-----END A",
                                         "-----BEGIN -----\nZg==\n-----END -----" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(100);
        size_t offset = 0;
        assert_false(pem_next(bytes_of_text(texts[i]), &offset, NULL, out));
    }
}
