#include "unit/unit.h"

#include "x509/der.h"

#include <string.h>

static void any(struct der *der, bool *ok)
{
    *ok = der_any(der, NULL, NULL, NULL);
}

static void boolean(struct der *der, bool *ok)
{
    bool value;
    *ok = der_bool(der, &value);
}

static void integer(struct der *der, bool *ok)
{
    struct bytes content;
    *ok = der_integer(der, &content);
}

static void positive(struct der *der, bool *ok)
{
    struct bytes content;
    *ok = der_unsigned(der, &content);
}

static void small(struct der *der, bool *ok)
{
    int64_t value;
    *ok = der_small(der, &value);
}

static void oid(struct der *der, bool *ok)
{
    struct bytes content;
    *ok = der_oid(der, &content);
}

static void bits(struct der *der, bool *ok)
{
    struct bytes content;
    *ok = der_bits(der, &content);
}

static void named_bits(struct der *der, bool *ok)
{
    uint32_t value;
    *ok = der_named_bits(der, &value);
}

static void null(struct der *der, bool *ok)
{
    *ok = der_null(der);
}

static void a_time(struct der *der, bool *ok)
{
    time_t t;
    *ok = der_time(der, &t);
}

struct reading {
    void (*read)(struct der *der, bool *ok);
    bool accepts;
    const char *hex;
};

/* clang-format off */
static const struct reading readings[] = {
    { any,      true,  "04 00" },
    { any,      true,  "04 01 ff" },
    { any,      false, "" },
    { any,      false, "04" },
    { any,      false, "04 01" },           /* content missing */
    { any,      false, "04 02 ff" },        /* one octet short */
    { any,      false, "04 80 00 00" },     /* indefinite */
    { any,      false, "30 80 00 00" },
    { any,      false, "04 81 01 ff" },     /* long form that fits the short one */
    { any,      false, "04 82 00 80" },     /* leading zero */
    { any,      false, "04 85 00 00 00 00 01 ff" },
    { any,      false, "04 84 ff ff ff ff" },
    { any,      false, "04 ff" },
    { any,      false, "1f 20 00" },        /* tag of several octets */
    { any,      false, "00 00" },           /* end of contents */
    { any,      false, "24 00" },           /* constructed string */
    { any,      false, "28 00" },           /* EXTERNAL */
    { any,      false, "10 00" },           /* primitive SEQUENCE */
    { any,      false, "01 01 01" },        /* the forms hold wherever a type is met */
    { any,      false, "05 01 00" },
    { any,      false, "1e 01 41" },
    { any,      false, "1c 02 00 41" },
    { any,      true,  "80 00" },
    { any,      true,  "a0 00" },
    { boolean,  true,  "01 01 ff" },
    { boolean,  true,  "01 01 00" },
    { boolean,  false, "01 01 01" },
    { boolean,  false, "01 00" },
    { boolean,  false, "01 02 ff ff" },
    { boolean,  false, "02 01 ff" },
    { integer,  true,  "02 01 00" },
    { integer,  true,  "02 01 80" },
    { integer,  true,  "02 02 00 80" },
    { integer,  false, "02 00" },
    { integer,  false, "02 02 00 7f" },
    { integer,  false, "02 02 ff 80" },
    { integer,  false, "02 02 00" },
    { integer,  false, "0a 01 00" },
    { positive, true,  "02 02 00 ff" },
    { positive, false, "02 01 ff" },
    { positive, false, "02 02 ff 7f" },
    { small,    true,  "02 08 80 00 00 00 00 00 00 00" },
    { small,    false, "02 09 00 80 00 00 00 00 00 00 00" },
    { oid,      true,  "06 03 55 04 03" },
    { oid,      false, "06 00" },
    { oid,      false, "06 03 55 04 83" },  /* last arc goes on */
    { oid,      false, "06 03 55 80 03" },  /* arc with a leading zero */
    { bits,     true,  "03 01 00" },
    { bits,     true,  "03 02 00 ff" },
    { bits,     false, "03 00" },
    { bits,     false, "03 02 01 fe" },     /* not whole octets */
    { bits,     false, "03 02 01 ff" },     /* unused bit set */
    { bits,     false, "03 02 08 00" },
    { bits,     false, "03 01 01" },
    { named_bits, true,  "03 01 00" },
    { named_bits, true,  "03 02 07 80" },
    { named_bits, true,  "03 02 00 80" },   /* seen in the field */
    { named_bits, false, "03 02 07 c0" },
    { named_bits, false, "03 06 00 01 01 01 01 01" },
    { null,     true,  "05 00" },
    { null,     false, "05 01 00" },
    { a_time,   true,  "17 0d 3235303231333130313730365a" },     /* 250213101706Z */
    { a_time,   true,  "18 0f 32303235303231333130313730365a" },
    { a_time,   true,  "18 0f 32303234303232393233353935395a" }, /* 29 February 2024 */
    { a_time,   false, "18 0f 32303235303232393233353935395a" }, /* 29 February 2025 */
    { a_time,   false, "17 0d 3235303030313130313730365a" },     /* month 00 */
    { a_time,   false, "17 0d 3235313330313130313730365a" },     /* month 13 */
    { a_time,   false, "17 0d 3235303230303130313730365a" },     /* day 00 */
    { a_time,   false, "17 0d 3235303231333234313730365a" },     /* 24 hours */
    { a_time,   false, "17 0d 3235303231333130363030365a" },     /* 60 minutes */
    { a_time,   false, "17 0d 3235303231333130313736305a" },     /* 60 seconds */
    { a_time,   false, "17 0b 323530323133313031375a" },         /* no seconds */
    { a_time,   false, "17 0c 323530323133313031373036" },       /* no Z */
    { a_time,   false, "17 11 3235303231333130313730362b30313030" }, /* offset */
    { a_time,   false, "18 11 32303235303231333130313730362e355a" }, /* fraction */
    { a_time,   false, "18 0d 3235303231333130313730365a" },     /* UTCTime's text */
    { a_time,   false, "17 0c 32353032313331303137305a" "18 0f 32303235303231333130313730365a" },
};
/* clang-format on */

TEST(der_reads_what_is_der_and_nothing_else)
{
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
        struct der der = der_of(unit_hex(readings[i].hex));
        bool ok;
        readings[i].read(&der, &ok);
        if (ok != readings[i].accepts)
            unit_fail("%s: %s", readings[i].hex, ok ? "accepted" : "refused");
    }
}

TEST(der_refuses_every_truncation)
{
    struct bytes whole = unit_hex("30 81 80 04 7e");
    uint8_t octets[131] = { 0 };
    memcpy(octets, whole.data, whole.len);
    for (size_t len = 0; len <= sizeof octets; len++) {
        struct der der = der_of((struct bytes){ octets, len });
        struct der inside;
        assert_int_equal(der_enter(&der, DER_SEQUENCE, &inside), len == sizeof octets);
    }
}

TEST(der_takes_nothing_when_the_type_is_another)
{
    struct der der = der_of(unit_hex("02 01 05"));
    struct bytes content;
    bool value;
    assert_false(der_octets(&der, &content));
    assert_false(der_bool(&der, &value));
    int64_t five;
    assert_true(der_small(&der, &five));
    assert_int_equal(five, 5);
    assert_true(der_at_end(&der));
}

TEST(der_gives_header_content_and_whole)
{
    struct der der = der_of(unit_hex("a0 03 02 01 05 05 00"));
    uint8_t tag;
    struct bytes content;
    struct bytes whole;
    assert_true(der_any(&der, &tag, &content, &whole));
    assert_int_equal(tag, DER_CONTEXT_CONSTRUCTED(0));
    assert_true(bytes_equal(content, unit_hex("02 01 05")));
    assert_true(bytes_equal(whole, unit_hex("a0 03 02 01 05")));
    struct error err = { 0 };
    assert_false(der_end_of(&der, "thing", &err));
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_string_equal(err.message, "thing: trailing octets");
}

TEST(der_reads_values)
{
    struct der der =
        der_of(unit_hex("02 02 ff 7f 02 02 00 80 03 03 07 00 80"
                        "17 0d 3530303130313030303030305a 17 0d 3439313233313233353935395a"));
    int64_t number;
    uint32_t bits_read;
    struct bytes octets;
    time_t t;
    assert_true(der_small(&der, &number));
    assert_int_equal(number, -129);
    assert_true(der_unsigned(&der, &octets));
    assert_true(bytes_equal(octets, unit_hex("80")));
    assert_true(der_named_bits(&der, &bits_read));
    assert_int_equal(bits_read, 1u << 8);
    assert_true(der_time(&der, &t)); /* RFC 5280 §4.1.2.5.1: 50 is 1950, 49 is 2049 */
    assert_int_equal(t, -631152000);
    assert_true(der_time(&der, &t));
    assert_int_equal(t, 2524607999);
}

static void assert_written(struct buf *out, const char *hex)
{
    assert_true(buf_ok(out));
    assert_true(bytes_equal(buf_bytes(out), unit_hex(hex)));
    buf_truncate(out, 0);
}

TEST(der_writes_values_in_their_only_form)
{
    SCOPED(buf_free) struct buf *out = buf_new(256);
    der_put_bool(out, true);
    der_put_bool(out, false);
    assert_written(out, "01 01 ff 01 01 00");
    der_put_small(out, 0);
    der_put_small(out, 127);
    der_put_small(out, 128);
    der_put_small(out, -128);
    der_put_small(out, -129);
    assert_written(out, "02 01 00 02 01 7f 02 02 00 80 02 01 80 02 02 ff 7f");
    der_put_small(out, INT64_MIN);
    assert_written(out, "02 08 80 00 00 00 00 00 00 00");
    der_put_unsigned(out, unit_hex("00 00 80"));
    der_put_unsigned(out, unit_hex("00"));
    der_put_unsigned(out, BYTES_NONE);
    assert_written(out, "02 02 00 80 02 01 00 02 01 00");
    der_put_bits(out, unit_hex("ff"));
    der_put_null(out);
    der_put_oid(out, unit_hex("55 04 03"));
    assert_written(out, "03 02 00 ff 05 00 06 03 55 04 03");
    der_put_named_bits(out, 0);
    der_put_named_bits(out, 1);
    der_put_named_bits(out, 1u << 7);
    der_put_named_bits(out, 1u << 8);
    assert_written(out, "03 01 00 03 02 07 80 03 02 00 01 03 03 07 00 80");
}

TEST(der_writes_times_by_rfc5280_4_1_2_5)
{
    SCOPED(buf_free) struct buf *out = buf_new(256);
    der_put_time(out, 2524607999); /* the last second of 2049 */
    assert_written(out, "17 0d 3439313233313233353935395a");
    der_put_time(out, 2524608000);
    assert_written(out, "18 0f 32303530303130313030303030305a");
    der_put_time(out, -631152001); /* the last second of 1949 */
    assert_written(out, "18 0f 31393439313233313233353935395a");
    der_put_generalized(out, 1739441826);
    assert_written(out, "18 0f 32303235303231333130313730365a");
}

/* Lengths where the header grows: 127, 128, 255, 256, 65535, 65536. */
TEST(der_lengths_are_minimal_and_read_back)
{
    static const size_t lens[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 100000 };
    static const uint8_t zeros[100000];
    SCOPED(buf_free) struct buf *out = buf_new(300000);
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        struct bytes content = { zeros, lens[i] };
        buf_truncate(out, 0);
        struct der_mark outer = der_begin(out, DER_SEQUENCE);
        struct der_mark inner = der_begin(out, DER_OCTET_STRING);
        buf_add(out, content);
        der_end(out, inner);
        der_put(out, DER_OCTET_STRING, content);
        der_end(out, outer);
        struct der der = der_of(buf_bytes(out));
        struct der inside;
        struct bytes read;
        assert_true(der_enter(&der, DER_SEQUENCE, &inside) && der_at_end(&der));
        assert_true(der_octets(&inside, &read) && bytes_equal(read, content));
        assert_true(der_octets(&inside, &read) && bytes_equal(read, content));
        assert_true(der_at_end(&inside));
    }
}

TEST(der_writer_that_lacks_room_fails_the_buf)
{
    for (size_t room = 0; room < 134; room++) {
        SCOPED(buf_free) struct buf *out = buf_new(room);
        struct der_mark mark = der_begin(out, DER_SEQUENCE);
        for (size_t i = 0; i < 131; i++)
            buf_add_octet(out, 0);
        der_end(out, mark);
        assert_false(buf_ok(out));
    }
}

TEST(der_sorts_a_set_by_its_encodings)
{
    SCOPED(buf_free) struct buf *out = buf_new(256);
    buf_add(out, unit_hex("31 0c"));
    buf_add(out, unit_hex("04 02 01 00 04 01 ff 02 01 05 04 01 00"));
    der_sort_set(out, 2);
    assert_written(out, "31 0c 02 01 05 04 01 00 04 01 ff 04 02 01 00");
    der_sort_set(out, 0);
    assert_written(out, "");
}
