#include "unit/unit.h"

#include <string.h>

TEST(bytes_compare_orders_by_octets_then_length)
{
    static const struct {
        const char *a;
        const char *b;
        int order;
    } rows[] = { { "", "", 0 },     { "a", "a", 0 },  { "a", "b", -1 },
                 { "a", "aa", -1 }, { "b", "aa", 1 }, { "", "a", -1 } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bytes a = bytes_of_text(rows[i].a);
        struct bytes b = bytes_of_text(rows[i].b);
        int order = bytes_compare(a, b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal(bytes_equal(a, b), rows[i].order == 0);
        assert_int_equal(bytes_equal_secret(a, b), rows[i].order == 0);
    }
}

TEST(bytes_of_no_text_are_none)
{
    assert_int_equal(bytes_of_text(NULL).len, 0);
    assert_true(bytes_equal(BYTES_NONE, bytes_of_text("")));
}

TEST(buf_grows_to_its_maximum_and_no_further)
{
    SCOPED(buf_free) struct buf *buf = buf_new(1000);
    for (int i = 0; i < 1000; i++)
        buf_add_octet(buf, (uint8_t)i);
    assert_true(buf_ok(buf));
    assert_int_equal(buf_len(buf), 1000);
    assert_int_equal(buf_bytes(buf).data[999], 999 & 0xff);
    buf_add_octet(buf, 0);
    assert_false(buf_ok(buf));
    assert_int_equal(buf_len(buf), 1000);
}

TEST(buf_that_failed_ignores_what_would_fit)
{
    SCOPED(buf_free) struct buf *buf = buf_new(4);
    buf_add_text(buf, "abcde");
    buf_add_text(buf, "a");
    assert_int_equal(buf_len(buf), 0);
    assert_false(buf_ok(buf));
    buf_truncate(buf, 0);
    buf_add_text(buf, "abcd");
    assert_true(buf_ok(buf));
    assert_string_equal(buf_text(buf), "abcd");
}

TEST(buf_formats_exactly_to_its_maximum)
{
    SCOPED(buf_free) struct buf *buf = buf_new(5);
    buf_add_format(buf, "%d-%s", 12, "ab");
    assert_true(buf_ok(buf));
    assert_string_equal(buf_text(buf), "12-ab");
    buf_add_format(buf, "%d", 1);
    assert_false(buf_ok(buf));
}

TEST(buf_can_be_failed_by_its_writer)
{
    SCOPED(buf_free) struct buf *buf = buf_new(5);
    buf_fail(buf);
    buf_add_octet(buf, 1);
    assert_false(buf_ok(buf));
    assert_int_equal(buf_len(buf), 0);
}

TEST(buf_empty_has_text)
{
    SCOPED(buf_free) struct buf *buf = buf_new(0);
    assert_string_equal(buf_text(buf), "");
    buf_add(buf, BYTES_NONE);
    assert_true(buf_ok(buf));
    assert_string_equal(buf_text(buf), "");
}

TEST(buf_copy_holds_the_same)
{
    SCOPED(buf_free) struct buf *buf = buf_copy(bytes_of_text("abc"));
    assert_true(bytes_equal(buf_bytes(buf), bytes_of_text("abc")));
}

TEST(secret_copies_and_draws)
{
    SCOPED(secret_free) struct secret *copied = secret_new(bytes_of_text("abc"));
    assert_true(bytes_equal(secret_bytes(copied), bytes_of_text("abc")));
    SCOPED(secret_free) struct secret *drawn = secret_random(16);
    SCOPED(secret_free) struct secret *other = secret_random(16);
    assert_int_equal(secret_bytes(drawn).len, 16);
    assert_false(bytes_equal(secret_bytes(drawn), secret_bytes(other)));
    assert_int_equal(secret_bytes(NULL).len, 0);
}

TEST(bytes_wipe_zeroes)
{
    uint8_t octets[] = { 1, 2, 3 };
    bytes_wipe(octets, sizeof octets);
    assert_true(bytes_equal(BYTES_OF(octets), unit_hex("000000")));
}

TEST(reader_takes_big_endian_and_stops_at_the_end)
{
    struct reader reader = { unit_hex("01 0203 04050607 08") };
    uint8_t one;
    uint16_t two;
    uint32_t four;
    struct bytes rest;
    assert_true(reader_u8(&reader, &one) && one == 0x01);
    assert_true(reader_u16(&reader, &two) && two == 0x0203);
    assert_true(reader_u32(&reader, &four) && four == 0x04050607);
    assert_false(reader_u16(&reader, &two));
    assert_false(reader_u32(&reader, &four));
    assert_false(reader_take(&reader, 2, &rest));
    assert_true(reader_take(&reader, 1, &rest) && rest.data[0] == 0x08);
    assert_false(reader_u8(&reader, &one));
    assert_true(reader_take(&reader, 0, &rest));
}
