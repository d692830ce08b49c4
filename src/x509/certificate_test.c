#include "unit/unit.h"

#include "base/arena.h"
#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <stdio.h>
#include <string.h>

static struct bytes file(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "x509/%s.cer", name);
    return unit_file(path);
}

static struct certificate parsed(const char *name, struct arena *arena)
{
    struct certificate certificate;
    struct error err = { 0 };
    unit_ok(certificate_parse(file(name), arena, &certificate, &err), &err);
    return certificate;
}

static const struct {
    const char *name;
    enum key_type type;
    enum error_code verify; /* with its own key */
} self_signed[] = {
    { "rsa2048", KEY_RSA_2048, ERR_NONE },
    { "rsa3072", KEY_RSA_3072, ERR_NONE },
    { "rsa4096", KEY_RSA_4096, ERR_NONE },
    { "p256", KEY_P256, ERR_NONE },
    { "p256k", KEY_P256K, ERR_NONE },
    { "p384", KEY_P384, ERR_NONE },
    { "p521", KEY_P521, ERR_NONE },
    { "pss", KEY_RSA_2048, ERR_NONE },
    { "v1", KEY_RSA_2048, ERR_NONE },
    { "rsa1024", KEY_TYPE_NONE, ERR_NONE }, /* spki_check is what refuses the key */
    { "flipped", KEY_RSA_2048, ERR_BAD_SIGNATURE },
    { "sha1", KEY_RSA_2048, ERR_WEAK_ALGORITHM },
    { "explicit", KEY_TYPE_NONE, ERR_WEAK_ALGORITHM },
    { "ed25519", KEY_TYPE_NONE, ERR_WEAK_ALGORITHM },
};

TEST(certificate_of_every_key_type_is_read_and_verified)
{
    for (size_t i = 0; i < ARRAY_LEN(self_signed); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct certificate certificate = parsed(self_signed[i].name, arena);
        struct error err = { 0 };
        assert_int_equal(certificate.spki.type, self_signed[i].type);
        assert_true(certificate_is_self_issued(&certificate));
        bool ok = certificate_verify(&certificate, &certificate.spki, &err);
        assert_int_equal(ok, self_signed[i].verify == ERR_NONE);
        assert_int_equal(err.code, self_signed[i].verify);
    }
}

TEST(certificate_fields_of_a_leaf)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *text = buf_new(1024);
    struct certificate leaf = parsed("leaf", arena);
    struct certificate issuer = parsed("p256", arena);
    struct error err = { 0 };
    assert_int_equal(leaf.version, 3);
    assert_true(leaf.serial.len >= 1 && leaf.serial.len <= SERIAL_OCTETS_MAX);
    assert_true(bytes_equal(leaf.issuer, issuer.subject));
    assert_false(certificate_is_self_issued(&leaf));
    name_text(leaf.subject, text);
    assert_string_equal(buf_text(text), "C=CH,O=Acme GmbH,CN=leaf");
    assert_int_equal(leaf.not_after - leaf.not_before, 3650 * 86400);
    assert_true(leaf.has_basic_constraints && !leaf.is_ca && leaf.path_len == -1);
    assert_int_equal(leaf.key_usage, KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT);
    assert_true(leaf.has_ekus && leaf.ekus.count == 2);
    assert_true(oids_contain(&leaf.ekus, oid_bytes(OID_CLIENT_AUTH)));
    assert_int_equal(leaf.sans.count, 9);
    assert_string_equal(leaf.crl_url, "http://pki.example.org/ca.crl");
    assert_string_equal(leaf.ocsp_url, "http://pki.example.org/ocsp");
    assert_string_equal(leaf.issuers_url, "http://pki.example.org/ca.cer");
    assert_true(leaf.has_ocsp_nocheck);
    assert_false(leaf.has_unknown_critical);
    uint8_t identifier[KEY_IDENTIFIER_OCTETS];
    spki_key_identifier(&leaf.spki, identifier);
    assert_true(bytes_equal(leaf.subject_key_identifier, BYTES_OF(identifier)));
    spki_key_identifier(&issuer.spki, identifier);
    assert_true(bytes_equal(leaf.authority_key_identifier, BYTES_OF(identifier)));
    unit_ok(certificate_verify(&leaf, &issuer.spki, &err), &err);
    assert_false(certificate_verify(&leaf, &leaf.spki, &err));
}

TEST(certificate_constraints_of_a_ca)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct certificate root = parsed("p256", arena);
    struct certificate sub = parsed("sub", arena);
    struct certificate odd = parsed("critical", arena);
    assert_true(root.is_ca && root.path_len == 1);
    assert_true(sub.is_ca && sub.path_len == -1 && sub.name_constraints.len > 0);
    assert_false(sub.has_unknown_critical);
    assert_false(root.has_ekus);
    assert_int_equal(root.sans.count, 0);
    assert_null(root.crl_url);
    assert_true(odd.has_unknown_critical);
}

TEST(certificate_after_2049_and_of_version_1)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct certificate late = parsed("late", arena);
    struct certificate v1 = parsed("v1", arena);
    assert_int_equal(late.not_after - late.not_before, (time_t)20000 * 86400);
    assert_int_equal(v1.version, 1);
    assert_int_equal(v1.not_before, 1735689600); /* GeneralizedTime before 2050, as certmonger */
    assert_int_equal(v1.not_after, 1767225600);
    assert_false(v1.has_basic_constraints);
}

TEST(certificate_thumbprint_is_sha1_in_upper_case)
{
    char text[41];
    certificate_thumbprint(bytes_of_text("abc"), text);
    assert_string_equal(text, "A9993E364706816ABA3E25717850C26C9CD0D89D");
}

TEST(certificate_refuses_every_truncation_and_a_trailing_octet)
{
    struct bytes good = file("leaf");
    uint8_t octets[4096];
    memcpy(octets, good.data, good.len);
    octets[good.len] = 0;
    for (size_t len = 0; len <= good.len + 1; len++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct certificate certificate;
        struct error err = { 0 };
        bool ok = certificate_parse((struct bytes){ octets, len }, arena, &certificate, &err);
        assert_int_equal(ok, len == good.len);
        assert_int_equal(err.code, ok ? ERR_NONE : ERR_MALFORMED);
    }
}

/* What a certificate is put together from; each row below spoils one part. */
enum part {
    PART_VERSION,
    PART_SERIAL,
    PART_INNER,
    PART_ISSUER,
    PART_VALIDITY,
    PART_SUBJECT,
    PART_SPKI,
    PART_UNIQUE,
    PART_EXTENSIONS,
    PART_OUTER,
    PART_SIGNATURE,
    PART_COUNT
};

#define ALGORITHM  "300a 06082a8648ce3d040302"
#define NOT_BEFORE "170d 3235303130313030303030305a"
#define NOT_AFTER  "170d 3236303130313030303030305a"

static const char *const good_parts[PART_COUNT] = {
    [PART_VERSION] = "a003 020102",
    [PART_SERIAL] = "020101",
    [PART_INNER] = ALGORITHM,
    [PART_ISSUER] = "300c 310a 3008 0603550403 0c0161",
    [PART_VALIDITY] = "301e " NOT_BEFORE NOT_AFTER,
    [PART_SUBJECT] = "3000",
    [PART_SPKI] = "301a 300d 06092a864886f70d010101 0500 0309 00 3006 020107 020103",
    [PART_UNIQUE] = "",
    [PART_EXTENSIONS] = "a30d 300b 3009 0603551d13 0402 3000",
    [PART_OUTER] = ALGORITHM,
    [PART_SIGNATURE] = "0302 0001",
};

/* With these Extensions instead of the part, if there are any. */
static void put_certificate(const char *const parts[PART_COUNT], struct bytes extensions,
                            struct buf *out)
{
    struct der_mark whole = der_begin(out, DER_SEQUENCE);
    struct der_mark tbs = der_begin(out, DER_SEQUENCE);
    for (size_t i = PART_VERSION; i < PART_EXTENSIONS; i++)
        buf_add(out, unit_hex(parts[i]));
    if (extensions.len) {
        struct der_mark wrapper = der_begin(out, DER_CONTEXT_CONSTRUCTED(3));
        der_put(out, DER_SEQUENCE, extensions);
        der_end(out, wrapper);
    } else {
        buf_add(out, unit_hex(parts[PART_EXTENSIONS]));
    }
    der_end(out, tbs);
    buf_add(out, unit_hex(parts[PART_OUTER]));
    buf_add(out, unit_hex(parts[PART_SIGNATURE]));
    der_end(out, whole);
}

static bool parts_parse(const char *const parts[PART_COUNT], struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *out = buf_new(CERTIFICATE_OCTETS_MAX);
    struct certificate certificate;
    put_certificate(parts, BYTES_NONE, out);
    error_clear(err);
    return certificate_parse(buf_bytes(out), arena, &certificate, err);
}

/* clang-format off */
static const struct {
    enum part part;
    const char *hex;
    bool accepts;
} spoilings[] = {
    { PART_VERSION, "a003 020100", false }, /* v1 with extensions, RFC 5280 §4.1.2.9 */
    { PART_VERSION, "a003 020101", false }, /* v2 */
    { PART_VERSION, "a003 020103", false },
    { PART_VERSION, "a004 02020002", false },
    { PART_VERSION, "a006 020102 020102", false },
    { PART_VERSION, "", false },
    { PART_VERSION, "8003 020102", false },
    { PART_SERIAL, "020100", true },
    { PART_SERIAL, "0201ff", true },        /* foreign serials are taken as they are */
    { PART_SERIAL, "0214 7f00000000000000000000000000000000000000", true },
    { PART_SERIAL, "0215 7f0000000000000000000000000000000000000000", false },
    { PART_SERIAL, "0215 00ff00000000000000000000000000000000000000", true },
    { PART_SERIAL, "0216 00ff0000000000000000000000000000000000000000", false },
    { PART_SERIAL, "0200", false },
    { PART_SERIAL, "02020001", false },
    { PART_SERIAL, "0401 01", false },
    { PART_INNER, "300a 06082a8648ce3d040303", false }, /* RFC 5280 §4.1.1.2 */
    { PART_INNER, "", false },
    { PART_ISSUER, "3000", true },
    { PART_ISSUER, "3002 3100", false },
    { PART_ISSUER, "", false },
    { PART_VALIDITY, "3020 180f 32303235303130313030303030305a" NOT_AFTER, true },
    { PART_VALIDITY, "300f " NOT_BEFORE, false },
    { PART_VALIDITY, "302d " NOT_BEFORE NOT_AFTER NOT_AFTER, false },
    { PART_VALIDITY, "301c 170b 323530313031303030305a" NOT_AFTER, false },
    { PART_VALIDITY, "3022 1711 3235303130313030303030302b30303030" NOT_AFTER, false },
    { PART_VALIDITY, "3022 1811 32303235303130313030303030302e355a" NOT_AFTER, false },
    { PART_VALIDITY, "301e " NOT_BEFORE "170d 3236313330313030303030305a", false },
    { PART_SPKI, "3000", false },
    { PART_SPKI, "", false },
    { PART_UNIQUE, "8102 00ff", true },
    { PART_UNIQUE, "8202 00ff", true },
    { PART_UNIQUE, "8102 00ff 8202 00ff", true },
    { PART_UNIQUE, "8202 00ff 8102 00ff", false },
    { PART_UNIQUE, "8100", false },
    { PART_UNIQUE, "8102 08ff", false },
    { PART_EXTENSIONS, "", true },
    { PART_EXTENSIONS, "a302 3000", false },
    { PART_EXTENSIONS, "a300", false },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d13 0402 3000 0500", false },
    { PART_EXTENSIONS, "a30f 300b 3009 0603551d13 0402 3000 0500", false },
    { PART_EXTENSIONS, "a318 3016 3009 0603551d13 0402 3000 3009 0603551d13 0402 3000", false },
    { PART_EXTENSIONS, "a310 300e 300c 0603551d13 010101 0402 3000", false },
    { PART_EXTENSIONS, "a310 300e 300c 0603551d13 0101ff 0402 3000", true },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d13 0402 3001", false },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d25 0402 3000", false }, /* empty EKU */
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d11 0402 3000", false }, /* empty SAN */
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d1f 0402 3000", false }, /* empty CDP */
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d20 0402 3000", false }, /* empty policies */
    { PART_EXTENSIONS, "a312 3010 300e 06082b06010505070101 0402 3000", false }, /* empty AIA */
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d0f 0402 0300", false },
    { PART_EXTENSIONS, "a30e 300c 300a 0603551d0f 0403 030100", false },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d0e 0402 0400", true },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d0e 0402 0500", false },
    { PART_EXTENSIONS, "a30e 300c 300a 0603551d0e 0403 040000", false },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d23 0402 3000", true },
    { PART_EXTENSIONS, "a30f 300d 300b 0603551d23 0404 30020500", false },
    { PART_EXTENSIONS, "a30d 300b 3009 0603551d1e 0402 0500", false },
    { PART_EXTENSIONS, "a313 3011 300f 06092b0601050507300105 0402 0500", true },
    { PART_EXTENSIONS, "a313 3011 300f 06092b0601050507300105 0402 3000", false },
    { PART_OUTER, "300a 06082a8648ce3d040303", false },
    { PART_OUTER, "", false },
    { PART_SIGNATURE, "0301 00", true },
    { PART_SIGNATURE, "0302 01fe", false },
    { PART_SIGNATURE, "0300", false },
    { PART_SIGNATURE, "0402 0001", false },
    { PART_SIGNATURE, "0302 0001 0500", false },
    { PART_SIGNATURE, "", false },
};
/* clang-format on */

TEST(certificate_good_parts_and_their_nearest_bad_ones)
{
    struct error err = { 0 };
    unit_ok(parts_parse(good_parts, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(spoilings); i++) {
        const char *parts[PART_COUNT];
        memcpy(parts, good_parts, sizeof parts);
        parts[spoilings[i].part] = spoilings[i].hex;
        if (parts_parse(parts, &err) != spoilings[i].accepts)
            unit_fail("row %zu, %s: %s", i, spoilings[i].hex, err.message);
    }
}

TEST(certificate_of_version_1_may_say_so)
{
    const char *parts[PART_COUNT];
    struct error err = { 0 };
    memcpy(parts, good_parts, sizeof parts);
    parts[PART_VERSION] = "a003 020100";
    parts[PART_EXTENSIONS] = "";
    unit_ok(parts_parse(parts, &err), &err);
    parts[PART_VERSION] = "";
    unit_ok(parts_parse(parts, &err), &err);
}

TEST(certificate_larger_than_64_kib_is_refused_unread)
{
    static const uint8_t octets[CERTIFICATE_OCTETS_MAX + 1];
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct certificate certificate;
    struct error err = { 0 };
    assert_false(certificate_parse(BYTES_OF(octets), arena, &certificate, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

TEST(certificate_urls_are_the_first_by_http)
{
    /* A point by reasons only, one by LDAP, one with a control character, then two by HTTP. */
    static const char *const hex = "3048"
                                   "3003 8101 00"
                                   "300d a00b a009 8607 6c6461703a2f2f"
                                   "3010 a00e a00c 860a 687474703a2f2f610a62"
                                   "300f a00d a00b 8609 687474703a2f2f6131"
                                   "300f a00d a00b 8609 687474703a2f2f6132";
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *out = buf_new(CERTIFICATE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *extension = buf_new(1024);
    extension_put(extension, OID_CRL_DISTRIBUTION_POINTS, false, unit_hex(hex));
    put_certificate(good_parts, buf_bytes(extension), out);
    struct certificate certificate;
    struct error err = { 0 };
    unit_ok(certificate_parse(buf_bytes(out), arena, &certificate, &err), &err);
    assert_string_equal(certificate.crl_url, "http://a1");
}

TEST(certificate_of_1_2_64_65_and_many_extensions)
{
    static const size_t counts[] = { 1, 2, EXTENSIONS_MAX, EXTENSIONS_MAX + 1, 5000 };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *out = buf_new(CERTIFICATE_OCTETS_MAX * 2);
        SCOPED(buf_free) struct buf *extensions = buf_new(CERTIFICATE_OCTETS_MAX);
        for (size_t j = 0; j < counts[i]; j++) {
            uint8_t octets[] = { 0x30,
                                 0x08,
                                 0x06,
                                 0x04,
                                 0x2a,
                                 0x03,
                                 (uint8_t)(0x81 + j / 128 % 64),
                                 (uint8_t)(j % 128),
                                 0x04,
                                 0x00 };
            buf_add(extensions, BYTES_OF(octets));
        }
        put_certificate(good_parts, buf_bytes(extensions), out);
        struct certificate certificate;
        struct error err = { 0 };
        bool ok = certificate_parse(buf_bytes(out), arena, &certificate, &err);
        assert_int_equal(ok, counts[i] <= EXTENSIONS_MAX);
        assert_int_equal(err.code, ok ? ERR_NONE : ERR_TOO_LARGE);
    }
}
