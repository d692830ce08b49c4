#include "unit/unit.h"

#include "base/arena.h"
#include "x509/der.h"
#include "x509/extension.h"
#include "x509/oid.h"

#include <string.h>

static bool reads(const char *hex, struct extension *out)
{
    struct der der = der_of(unit_hex(hex));
    struct error err = { 0 };
    bool ok = extension_next(&der, out, &err);
    assert_int_equal(err.code, ok ? ERR_NONE : ERR_MALFORMED);
    return ok;
}

TEST(extension_is_read_strictly)
{
    static const char *bad[] = {
        "300b 0603551d13 0101ff 0401",    /* short */
        "300b 0603551d13 010101 0401 00", /* BOOLEAN 01 */
        "3006 0603551d13 05",
        "3005 0603551d13",              /* no value */
        "300a 0603551d13 0401 00 0500", /* trailing */
        "310a 0603551d13 0101ff 0400",
        "3008 0603551d13 0301 00",     /* BIT STRING */
        "3009 0101ff 0603551d13 0400", /* out of order */
        "300b 0603551d13 0101ff 2401 00",
        "05 00",
    };
    struct extension extension;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(reads(bad[i], &extension));
    assert_true(reads("300b 0603551d13 0101ff 0401 2a", &extension));
    assert_true(extension.is_critical && extension.id == OID_BASIC_CONSTRAINTS);
    assert_true(bytes_equal(extension.value, unit_hex("2a")));
    assert_true(reads("3008 0603551d13 0401 2a", &extension));
    assert_false(extension.is_critical);
    assert_true(reads("300b 0603551d13 010100 0401 2a", &extension)); /* seen in the field */
    assert_false(extension.is_critical);
    assert_true(reads("3007 0603 2a0304 0400", &extension));
    assert_int_equal(extension.id, OID_NONE);
}

TEST(extension_list_ends_without_an_error)
{
    struct der der = der_of(BYTES_NONE);
    struct extension extension;
    struct error err = { 0 };
    assert_false(extension_next(&der, &extension, &err));
    assert_int_equal(err.code, ERR_NONE);
}

TEST(extension_list_holds_none_twice_and_64_at_most)
{
    for (size_t count = 0; count <= EXTENSIONS_MAX + 1; count++) {
        SCOPED(buf_free) struct buf *out = buf_new(65536);
        for (size_t i = 0; i < count; i++) {
            uint8_t octets[] = { 0x30, 0x07, 0x06, 0x03, 0x2a, 0x03, (uint8_t)i, 0x04, 0x00 };
            buf_add(out, BYTES_OF(octets));
        }
        struct extension_list list = { .rest = der_of(buf_bytes(out)) };
        struct extension extension;
        struct error err = { 0 };
        size_t read = 0;
        while (extension_list_next(&list, &extension, &err))
            read++;
        assert_int_equal(err.code, count > EXTENSIONS_MAX ? ERR_TOO_LARGE : ERR_NONE);
        assert_int_equal(read, count > EXTENSIONS_MAX ? EXTENSIONS_MAX : count);
    }
    struct extension_list list = { .rest = der_of(
                                       unit_hex("3007 06032a0304 0400 3008 06032a0304 0401 00")) };
    struct extension extension;
    struct error err = { 0 };
    assert_true(extension_list_next(&list, &extension, &err));
    assert_false(extension_list_next(&list, &extension, &err)); /* RFC 5280 §4.2 */
    assert_int_equal(err.code, ERR_MALFORMED);
}

static const struct {
    const char *hex;
    bool is_good;
    bool is_ca;
    int path_len;
} constraints[] = {
    { "3000", true, false, -1 },
    { "3003 0101ff", true, true, -1 },
    { "3003 010100", true, false, -1 }, /* seen in the field */
    { "3006 0101ff 020100", true, true, 0 },
    { "3006 0101ff 02017f", true, true, 127 },
    { "3003 010101", false, false, 0 },
    { "3006 0101ff 0201ff", false, false, 0 },
    { "3006 020100 0101ff", false, false, 0 },
    { "3009 0101ff 020100 020100", false, false, 0 },
    { "3000 00", false, false, 0 },
    { "3002 0101", false, false, 0 },
    { "", false, false, 0 },
};

TEST(extension_basic_constraints_rfc5280_4_2_1_9)
{
    for (size_t i = 0; i < ARRAY_LEN(constraints); i++) {
        bool is_ca;
        int path_len;
        struct error err = { 0 };
        bool ok =
            extension_read_basic_constraints(unit_hex(constraints[i].hex), &is_ca, &path_len, &err);
        assert_int_equal(ok, constraints[i].is_good);
        if (!ok)
            continue;
        assert_int_equal(is_ca, constraints[i].is_ca);
        assert_int_equal(path_len, constraints[i].path_len);
    }
}

TEST(extension_key_usage_rfc5280_4_2_1_3)
{
    uint32_t usage;
    struct error err = { 0 };
    unit_ok(extension_read_key_usage(unit_hex("0302 0106"), &usage, &err), &err);
    assert_int_equal(usage, KEY_USAGE_KEY_CERT_SIGN | KEY_USAGE_CRL_SIGN);
    unit_ok(extension_read_key_usage(unit_hex("0303 070080"), &usage, &err), &err);
    assert_int_equal(usage, KEY_USAGE_DECIPHER_ONLY);
    static const char *bad[] = {
        "", "0301 00", "0302 0000", "0302 0107", "0302 010600", "0402 0106"
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        error_clear(&err);
        assert_false(extension_read_key_usage(unit_hex(bad[i]), &usage, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

TEST(extension_ekus_of_0_1_2_64_65_and_100000)
{
    static const size_t counts[] = { 0, 1, 2, EKUS_MAX, EKUS_MAX + 1, 100000 };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *der = buf_new(2000000);
        struct der_mark list = der_begin(der, DER_SEQUENCE);
        for (size_t j = 0; j < counts[i]; j++)
            der_put_oid(der, oid_bytes(OID_CLIENT_AUTH));
        der_end(der, list);
        struct oids ekus;
        struct error err = { 0 };
        bool fits = counts[i] >= 1 && counts[i] <= EKUS_MAX;
        assert_int_equal(extension_read_ekus(buf_bytes(der), arena, &ekus, &err), fits);
        assert_int_equal(err.code, fits ? ERR_NONE : counts[i] ? ERR_TOO_LARGE : ERR_MALFORMED);
        if (!fits)
            continue;
        assert_int_equal(ekus.count, counts[i]);
        assert_true(oids_contain(&ekus, oid_bytes(OID_CLIENT_AUTH)));
        assert_false(oids_contain(&ekus, oid_bytes(OID_SERVER_AUTH)));
    }
}

static void assert_written(struct buf *out, const char *hex)
{
    assert_true(buf_ok(out));
    assert_true(bytes_equal(buf_bytes(out), unit_hex(hex)));
    buf_truncate(out, 0);
}

TEST(extension_writers_write_what_the_readers_read)
{
    SCOPED(buf_free) struct buf *out = buf_new(1024);
    extension_put_basic_constraints(out, true, 1);
    assert_written(out, "3012 0603551d13 0101ff 0408 3006 0101ff 020101");
    extension_put_basic_constraints(out, true, -1);
    assert_written(out, "300f 0603551d13 0101ff 0405 3003 0101ff");
    extension_put_basic_constraints(out, false, 3);
    assert_written(out, "300c 0603551d13 0101ff 0402 3000");
    extension_put_key_usage(out, KEY_USAGE_KEY_CERT_SIGN | KEY_USAGE_CRL_SIGN);
    assert_written(out, "300e 0603551d0f 0101ff 0404 0302 0106");
    struct bytes items[] = { oid_bytes(OID_CLIENT_AUTH), oid_bytes(OID_SERVER_AUTH) };
    extension_put_ekus(out, &(struct oids){ items, 2 });
    assert_written(out, "301d 0603551d25 0416 3014 06082b06010505070302 06082b06010505070301");
    extension_put_ekus(out, &(struct oids){ NULL, 0 });
    assert_written(out, "");
    extension_put_subject_key_identifier(out, unit_hex("0102"));
    assert_written(out, "300b 0603551d0e 0404 0402 0102");
    extension_put_authority_key_identifier(out, unit_hex("0102"));
    assert_written(out, "300d 0603551d23 0406 3004 8002 0102");
    extension_put_crl_url(out, OID_CRL_DISTRIBUTION_POINTS, "http:a");
    assert_written(out, "3017 0603551d1f 0410 300e 300c a00a a008 8606 687474703a61");
    extension_put_authority_info(out, "http:i", "http:o");
    assert_written(out, "3036 06082b06010505070101 042a 3028"
                        "3012 06082b06010505073001 8606 687474703a6f"
                        "3012 06082b06010505073002 8606 687474703a69");
    extension_put_authority_info(out, NULL, NULL);
    assert_written(out, "");
    extension_put(out, OID_OCSP_NOCHECK, false, unit_hex("0500"));
    assert_written(out, "300f 06092b0601050507300105 0402 0500");
}
