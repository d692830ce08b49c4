#include "unit/unit.h"

#include "base/text.h"
#include "x509/der.h"
#include "x509/name.h"

#include <openssl/x509.h>
#include <string.h>

static struct buf *made(const char *text)
{
    struct buf *out = buf_new(NAME_OCTETS_MAX);
    struct error err = { 0 };
    unit_ok(name_from_text(text, out, &err), &err);
    return out;
}

/* A name of one attribute with any string type. */
static struct buf *of_value(uint8_t tag, const char *hex)
{
    struct buf *out = buf_new(NAME_OCTETS_MAX * 2);
    struct der_mark name = der_begin(out, DER_SEQUENCE);
    struct der_mark rdn = der_begin(out, DER_SET);
    struct der_mark pair = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_COMMON_NAME));
    der_put(out, tag, unit_hex(hex));
    der_end(out, pair);
    der_end(out, rdn);
    der_end(out, name);
    return out;
}

TEST(name_is_built_in_the_order_and_string_types_of_the_rules)
{
    static const struct name_attribute attributes[] = {
        { OID_COUNTRY, "CH" },           { OID_STATE, "" },        { OID_ORGANIZATION, "Acmé" },
        { OID_ORGANIZATION_UNIT, NULL }, { OID_COMMON_NAME, "d" }, { OID_SERIAL_NUMBER, "17" },
        { OID_EMAIL, "a@b.c" },
    };
    SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
    struct error err = { 0 };
    unit_ok(name_encode(attributes, ARRAY_LEN(attributes), out, &err), &err);
    assert_true(bytes_equal(buf_bytes(out), unit_hex("304c 310b 3009 0603550406 13024348"
                                                     "310e 300c 060355040a 0c0541636dc3a9"
                                                     "310a 3008 0603550403 0c0164"
                                                     "310b 3009 0603550405 13023137"
                                                     "3114 3012 06092a864886f70d010901 1605"
                                                     "6140622e63")));
    unit_ok(name_check(buf_bytes(out), &err), &err);
    unit_ok(name_check_values(buf_bytes(out), &err), &err);
}

TEST(name_values_are_never_parsed)
{
    static const struct name_attribute attributes[] = { { OID_COMMON_NAME,
                                                          "* , = + # \" \\ <>;" } };
    SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX);
    struct error err = { 0 };
    unit_ok(name_encode(attributes, 1, out, &err), &err);
    assert_true(name_find(buf_bytes(out), OID_COMMON_NAME, text));
    assert_string_equal(buf_text(text), "* , = + # \" \\ <>;");
    buf_truncate(text, 0);
    assert_true(name_text(buf_bytes(out), text));
    assert_string_equal(buf_text(text), "CN=* \\, = \\+ # \\\" \\\\ \\<\\>\\;");
}

struct bound {
    enum oid type;
    size_t characters;
    bool fits;
};

static const struct bound bounds[] = {
    { OID_COMMON_NAME, 64, true },
    { OID_COMMON_NAME, 65, false },
    { OID_ORGANIZATION, 64, true },
    { OID_ORGANIZATION, 65, false },
    { OID_ORGANIZATION_UNIT, 64, true },
    { OID_ORGANIZATION_UNIT, 65, false },
    { OID_LOCALITY, 128, true },
    { OID_LOCALITY, 129, false },
    { OID_STATE, 128, true },
    { OID_STATE, 129, false },
    { OID_COUNTRY, 1, false },
    { OID_COUNTRY, 2, true },
    { OID_COUNTRY, 3, false },
    { OID_SERIAL_NUMBER, 64, true },
    { OID_SERIAL_NUMBER, 65, false },
    { OID_EMAIL, 255, true },
    { OID_EMAIL, 256, false },
    { OID_KEY_USAGE, 2, false },
};

TEST(name_rfc5280_appendix_a_upper_bounds_hold)
{
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        char value[300] = { 0 };
        memset(value, 'x', bounds[i].characters);
        SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
        struct name_attribute attribute = { bounds[i].type, value };
        struct error err = { 0 };
        assert_int_equal(name_encode(&attribute, 1, out, &err), bounds[i].fits);
        assert_int_equal(err.code, bounds[i].fits ? ERR_NONE : ERR_INVALID);
        assert_true(bounds[i].fits || buf_len(out) == 0);
    }
}

TEST(name_bounds_count_characters_not_octets)
{
    char value[129] = { 0 };
    for (size_t i = 0; i < 64; i++)
        memcpy(value + 2 * i, "é", 2);
    SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
    struct name_attribute attribute = { OID_COMMON_NAME, value };
    struct error err = { 0 };
    unit_ok(name_encode(&attribute, 1, out, &err), &err);
}

TEST(name_refuses_values_that_cannot_be)
{
    static const struct name_attribute bad[] = {
        { OID_COMMON_NAME, "a\nb" }, { OID_COMMON_NAME, "a\x7f" },    { OID_COMMON_NAME, "a\xff" },
        { OID_COMMON_NAME, " " },    { OID_COMMON_NAME, "\xc2\x85" }, { OID_COUNTRY, "C@" },
        { OID_COUNTRY, "ü" },        { OID_SERIAL_NUMBER, "a*" },     { OID_EMAIL, "ü@b.c" },
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
        struct error err = { 0 };
        assert_false(name_encode(&bad[i], 1, out, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

TEST(name_text_is_read_as_written)
{
    SCOPED(buf_free) struct buf *name = made("cn = device 17 , O=Acme=1,S=Zurich,C=CH,UID=u");
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX);
    assert_true(name_text(buf_bytes(name), text));
    assert_string_equal(buf_text(text), "CN=device 17,O=Acme=1,ST=Zurich,C=CH,UID=u");
    buf_truncate(text, 0);
    assert_true(name_text_reversed(buf_bytes(name), text));
    assert_string_equal(buf_text(text), "UID=u, C=CH, S=Zurich, O=Acme=1, CN=device 17");
}

TEST(name_text_that_is_no_name_is_refused)
{
    static const char *bad[] = { "",         "device",     "CN=",       "CN= ",
                                 "=x",       "CN=a,",      ",CN=a",     "CN=a,,O=b",
                                 "XX=a",     "CN=#0c0161", "CN=a\\,b",  "CN=\"a\"",
                                 "CN=a+O=b", "CN=a;O=b",   "CN=a\nO=b", "C=Switzerland" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
        struct error err = { 0 };
        assert_false(name_from_text(bad[i], out, &err));
        assert_true(err.code == ERR_MALFORMED || err.code == ERR_INVALID);
    }
}

TEST(name_text_escapes_by_rfc4514_2_4)
{
    static const struct name_attribute attributes[] = { { OID_COMMON_NAME, " #a " },
                                                        { OID_COMMON_NAME, "#b" } };
    SCOPED(buf_free) struct buf *out = buf_new(NAME_OCTETS_MAX);
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX);
    struct error err = { 0 };
    unit_ok(name_encode(attributes, 2, out, &err), &err);
    assert_true(name_text(buf_bytes(out), text));
    assert_string_equal(buf_text(text), "CN=\\ #a\\ ,CN=\\#b");
    buf_truncate(text, 0);
    SCOPED(buf_free) struct buf *line = of_value(DER_UTF8_STRING, "61 0a 62");
    assert_true(name_text(buf_bytes(line), text));
    assert_string_equal(buf_text(text), "CN=a\\0Ab");
    buf_truncate(text, 0);
    assert_true(name_text(unit_hex("300e 310c 300a 06032a0304 0c03616263"), text));
    assert_string_equal(buf_text(text), "1.2.3.4=#0c03616263");
}

struct string_row {
    uint8_t tag;
    const char *hex;
    const char *utf8; /* NULL: refused */
};

/* clang-format off */
static const struct string_row strings[] = { /* RFC 5280 §4.1.2.4 */
    { DER_UTF8_STRING,      "c3a9",          "é" },
    { DER_UTF8_STRING,      "c3",            NULL },
    { DER_UTF8_STRING,      "c0af",          NULL },
    { DER_UTF8_STRING,      "eda080",        NULL },
    { DER_UTF8_STRING,      "6100",          NULL },
    { DER_PRINTABLE_STRING, "6140",          "a@" },
    { DER_PRINTABLE_STRING, "e9",            NULL },
    { DER_IA5_STRING,       "61",            "a" },
    { DER_IA5_STRING,       "80",            NULL },
    { DER_T61_STRING,       "e9",            "é" },
    { DER_T61_STRING,       "00",            NULL },
    { DER_BMP_STRING,       "00e9",          "é" },
    { DER_BMP_STRING,       "20ac",          "€" },
    { DER_BMP_STRING,       "d83dde00",      NULL },
    { DER_BMP_STRING,       "0000",          NULL },
    { DER_BMP_STRING,       "00e900",        NULL },
    { DER_UNIVERSAL_STRING, "0001f600",      "😀" },
    { DER_UNIVERSAL_STRING, "00110000",      NULL },
    { DER_UNIVERSAL_STRING, "0001f6",        NULL },
    { 0x12,                 "3137",          "17" },
    { DER_OCTET_STRING,     "61",            NULL },
    { DER_BIT_STRING,       "0061",          NULL },
};
/* clang-format on */

TEST(name_string_types_are_read_as_utf8)
{
    for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
        SCOPED(buf_free) struct buf *name = of_value(strings[i].tag, strings[i].hex);
        SCOPED(buf_free) struct buf *text = buf_new(64);
        struct error err = { 0 };
        if (name_check(buf_bytes(name), &err) != (strings[i].utf8 != NULL))
            unit_fail("tag %02x %s", strings[i].tag, strings[i].hex);
        if (!strings[i].utf8)
            continue;
        assert_true(name_find(buf_bytes(name), OID_COMMON_NAME, text));
        assert_string_equal(buf_text(text), strings[i].utf8);
    }
}

TEST(name_structure_is_checked)
{
    static const char *bad[] = {
        "",
        "30",
        "3100",
        "3000 00",                               /* trailing octet */
        "3002 3100",                             /* empty RDN */
        "3004 3102 3000",                        /* empty pair */
        "3009 3107 3005 0603550403",             /* no value */
        "300e 310c 300a 0603550403 0c0161 0500", /* three in a pair */
        "300c 300a 3008 0603550403 0c0161",      /* RDN is no SET */
        "300b 310a 3008 0603550403 0c0161",      /* one octet short */
        "3080 310a 3008 0603550403 0c0161 0000",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        SCOPED(buf_free) struct buf *text = buf_new(64);
        struct error err = { 0 };
        assert_false(name_check(unit_hex(bad[i]), &err));
        assert_int_equal(err.code, ERR_MALFORMED);
        assert_false(name_text(unit_hex(bad[i]), text));
    }
    struct error err = { 0 };
    unit_ok(name_check(unit_hex("3000"), &err), &err);
    assert_true(name_is_empty(unit_hex("3000")));
    assert_false(name_is_empty(unit_hex("300c 310a 3008 0603550403 0c0161")));
}

TEST(name_of_0_1_2_64_65_and_100000_attributes)
{
    static const size_t counts[] = { 0, 1, 2, 64, 65, 100000 };
    struct bytes rdn = unit_hex("310a 3008 0603550403 0c0161");
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(2000000);
        struct der_mark name = der_begin(out, DER_SEQUENCE);
        for (size_t j = 0; j < counts[i]; j++)
            buf_add(out, rdn);
        der_end(out, name);
        struct error err = { 0 };
        assert_int_equal(name_check(buf_bytes(out), &err), counts[i] <= NAME_ATTRIBUTES_MAX);
        assert_true(name_equal(buf_bytes(out), buf_bytes(out)));
    }
}

TEST(name_of_a_csr_may_not_hold_what_we_would_not_write)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *line = of_value(DER_UTF8_STRING, "61 0a 62");
    unit_ok(name_check(buf_bytes(line), &err), &err);
    assert_false(name_check_values(buf_bytes(line), &err));
    assert_int_equal(err.code, ERR_INVALID);
    error_clear(&err);
    assert_false(name_check_values(unit_hex("300e 310c 300a 06032a0304 0c03616263"), &err));
}

static bool texts_equal(const char *a, const char *b)
{
    SCOPED(buf_free) struct buf *first = made(a);
    SCOPED(buf_free) struct buf *second = made(b);
    return name_equal(buf_bytes(first), buf_bytes(second));
}

TEST(name_equal_by_rfc5280_7_1)
{
    assert_true(texts_equal("CN=Device  17,O=ACME", "CN=device 17,O=Acme"));
    assert_true(texts_equal("CN=ÉTÉ", "CN=été"));
    assert_false(texts_equal("CN=a,O=b", "O=b,CN=a"));
    assert_false(texts_equal("CN=a", "O=a"));
    assert_false(texts_equal("CN=a", "CN=a,CN=a"));
    assert_false(texts_equal("CN=ab", "CN=a b"));
    SCOPED(buf_free) struct buf *utf8 = of_value(DER_UTF8_STRING, "20 c3a9 20 20 61 20");
    SCOPED(buf_free) struct buf *bmp = of_value(DER_BMP_STRING, "00c9 0020 0041");
    assert_true(name_equal(buf_bytes(utf8), buf_bytes(bmp)));
    assert_false(name_equal(buf_bytes(utf8), unit_hex("3000")));
    assert_false(name_equal(unit_hex("3100"), unit_hex("3000")));
}

TEST(name_rdn_is_compared_as_a_set)
{
    struct bytes ab = unit_hex("3016 3114 3008 0603550403 0c0161 3008 060355040a 0c0162");
    struct bytes ba = unit_hex("3016 3114 3008 060355040a 0c0142 3008 0603550403 0c0141");
    struct bytes aa = unit_hex("3016 3114 3008 0603550403 0c0161 3008 0603550403 0c0161");
    struct bytes two = unit_hex("3018 310a 3008 0603550403 0c0161 310a 3008 060355040a 0c0162");
    assert_true(name_equal(ab, ba));
    assert_false(name_equal(ab, aa));
    assert_false(name_equal(aa, ab));
    assert_false(name_equal(ab, two));
    SCOPED(buf_free) struct buf *text = buf_new(64);
    assert_true(name_text(ab, text));
    assert_string_equal(buf_text(text), "CN=a+O=b");
}

TEST(name_find_gives_the_last_value)
{
    SCOPED(buf_free) struct buf *name = made("CN=a,O=x,CN=b");
    SCOPED(buf_free) struct buf *text = buf_new(64);
    assert_true(name_find(buf_bytes(name), OID_COMMON_NAME, text));
    assert_string_equal(buf_text(text), "b");
    assert_false(name_find(buf_bytes(name), OID_COUNTRY, text));
}

TEST(name_is_read_alike_by_openssl)
{
    SCOPED(buf_free) struct buf *name = made("C=CH,O=Acmé,OU=a b,CN=d");
    const unsigned char *p = buf_bytes(name).data;
    X509_NAME *theirs = d2i_X509_NAME(NULL, &p, (long)buf_len(name));
    assert_non_null(theirs);
    char *line = X509_NAME_oneline(theirs, NULL, 0);
    assert_string_equal(line, "/C=CH/O=Acm\\xC3\\xA9/OU=a b/CN=d");
    OPENSSL_free(line);
    X509_NAME_free(theirs);
}
