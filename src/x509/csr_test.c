#include "unit/unit.h"

#include "base/arena.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static struct bytes file(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "x509/%s.csr", name);
    return unit_file(path);
}

static struct csr parsed(const char *name, struct arena *arena)
{
    struct csr csr;
    struct error err = { 0 };
    unit_ok(csr_parse(file(name), arena, &csr, &err), &err);
    return csr;
}

static const struct {
    const char *name;
    enum error_code verify;
} requests[] = {
    { "rsa2048", ERR_NONE },        { "p256", ERR_NONE },
    { "p256k", ERR_NONE },          { "p384", ERR_NONE },
    { "p521", ERR_NONE },           { "full", ERR_NONE },
    { "microsoft", ERR_NONE },      { "sid", ERR_NONE },
    { "sid-uri", ERR_NONE },        { "wants-ca", ERR_NONE },
    { "empty-subject", ERR_NONE },  { "rsa1024", ERR_WEAK_ALGORITHM },
    { "sha1", ERR_WEAK_ALGORITHM }, { "flipped", ERR_BAD_SIGNATURE },
};

TEST(csr_is_verified_and_weak_ones_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct csr csr = parsed(requests[i].name, arena);
        struct error err = { 0 };
        assert_int_equal(csr_verify(&csr, &err), requests[i].verify == ERR_NONE);
        assert_int_equal(err.code, requests[i].verify);
    }
}

TEST(csr_signed_by_another_key_is_refused)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct csr csr = parsed("rsa2048", arena);
    struct csr other = parsed("full", arena);
    struct error err = { 0 };
    csr.signature = other.signature;
    assert_false(csr_verify(&csr, &err));
    assert_int_equal(err.code, ERR_BAD_SIGNATURE);
}

static void assert_full(const char *name)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *text = buf_new(1024);
    struct csr csr = parsed(name, arena);
    struct error err = { 0 };
    struct san upn;
    name_text(csr.subject, text);
    assert_string_equal(buf_text(text),
                        "C=CH,ST=Zurich,L=Zurich,O=Acme GmbH,OU=Devices,CN=device-17");
    assert_int_equal(csr.spki.type, KEY_RSA_2048);
    assert_int_equal(csr.sans.count, 3);
    unit_ok(san_from_text("upn:someone@example.org", arena, &upn, &err), &err);
    assert_true(sans_contain(&csr.sans, &upn));
    assert_true(csr.has_ekus && csr.ekus.count == 2);
    assert_true(oids_contain(&csr.ekus, oid_bytes(OID_CLIENT_AUTH)));
    assert_int_equal(csr.key_usage, KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT);
    assert_false(csr.asks_ca);
    assert_false(csr.has_sid);
}

TEST(csr_fields_by_either_extension_request)
{
    assert_full("full");
    assert_full("microsoft");
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_string_equal(parsed("full", arena).challenge, "correct horse");
    assert_null(parsed("microsoft", arena).challenge);
}

TEST(csr_marks_what_it_may_not_have)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_true(parsed("sid", arena).has_sid);
    assert_true(parsed("sid-uri", arena).has_sid);
    assert_true(parsed("wants-ca", arena).asks_ca);
    struct csr csr = parsed("empty-subject", arena);
    assert_true(name_is_empty(csr.subject));
    assert_false(csr.asks_ca || csr.has_sid);
}

TEST(csr_refuses_every_truncation_and_a_trailing_octet)
{
    struct bytes good = file("full");
    uint8_t octets[4096];
    memcpy(octets, good.data, good.len);
    octets[good.len] = 0;
    for (size_t len = 0; len <= good.len + 1; len++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct csr csr;
        struct error err = { 0 };
        bool ok = csr_parse((struct bytes){ octets, len }, arena, &csr, &err);
        assert_int_equal(ok, len == good.len);
        assert_int_equal(err.code, ok ? ERR_NONE : ERR_BAD_CSR);
    }
}

enum { WRITTEN_OCTETS_MAX = 2000000 };

/* A request whose [0] holds these attributes; the signature is not looked at. */
static void put_csr(struct bytes attributes, struct buf *out)
{
    SCOPED(buf_free) struct buf *info = buf_new(WRITTEN_OCTETS_MAX);
    struct der_mark mark = der_begin(info, DER_SEQUENCE);
    buf_add(info, unit_hex("020100 3000"));
    buf_add(info, unit_hex("301a 300d 06092a864886f70d010101 0500 0309 00 3006 020107 020103"));
    buf_add(info, attributes);
    der_end(info, mark);
    csr_encode(buf_bytes(info), unit_hex("300a 06082a8648ce3d040302"), unit_hex("01"), out);
}

static bool parses(struct bytes attributes, struct arena *arena, struct csr *out)
{
    struct buf *whole = buf_new(WRITTEN_OCTETS_MAX);
    struct error err = { 0 };
    put_csr(attributes, whole);
    struct bytes der = arena_bytes(arena, buf_bytes(whole));
    buf_free(whole);
    bool ok = csr_parse(der, arena, out, &err);
    assert_int_equal(err.code, ok ? ERR_NONE : ERR_BAD_CSR);
    return ok;
}

#define CHALLENGE "06092a864886f70d010907"
#define REQUEST   "06092a864886f70d01090e"
#define MICROSOFT "060a2b06010401823702010e"
#define BC        "3009 0603551d13 0402 3000"

/* clang-format off */
static const struct {
    const char *attributes;
    bool is_good;
} attributes_rows[] = {
    { "a000", true },
    { "", true },                                                 /* seen in the field */
    { "a000 0500", false },
    { "a100", false },
    { "8000", false },
    { "a002 0500", false },
    { "a009 3007 0603 2a0304 3100", false },                      /* SET SIZE (1..MAX) */
    { "a00b 3009 06032a0304 3102 0500", true },                   /* unknown */
    { "a00d 300b 06032a0304 3104 0500 0500", true },
    { "a00b 3009 06032a0304 3002 0500", false },
    { "a00d 300b 06032a0304 3102 0500 0500", false },
    { "a00c 300a 06032a0304 3103 010101", false },
    { "a012 3010 " CHALLENGE "3103 130161", true },
    { "a012 3010 " CHALLENGE "3103 0c0161", true },
    { "a012 3010 " CHALLENGE "3103 160161", true },
    { "a012 3010 " CHALLENGE "3103 040161", false },
    { "a012 3010 " CHALLENGE "3103 130100", false },
    { "a011 300f " CHALLENGE "3102 1300", true },
    { "a015 3013 " CHALLENGE "3106 130161 130161", false },
    { "a00f 300d " CHALLENGE "3100", false },
    { "a024 3010 " CHALLENGE "3103 130161 3010 " CHALLENGE "3103 130161", false },
    { "a01c 301a " REQUEST "310d 300b " BC, true },
    { "a01d 301b " MICROSOFT "310d 300b " BC, true },
    { "a011 300f " REQUEST "3102 3000", false },                  /* no Extension */
    { "a029 3027 " REQUEST "311a 300b " BC "300b " BC, false },   /* two values */
    { "a027 3025 " REQUEST "3118 3016 " BC BC, false },           /* one twice */
    { "a039 301a " REQUEST "310d 300b " BC "301b " MICROSOFT "310d 300b " BC, false },
    { "a01c 301a " REQUEST "310d 300b 3009 0603551d25 0402 3000", false }, /* empty EKU */
    { "a01c 301a " REQUEST "310d 300b 3009 0603551d11 0402 3000", false }, /* empty SAN */
    { "a01f 301d " REQUEST "3110 300e 300c 0603551d11 0405 3003 820161", true },
    { "a01f 301d " REQUEST "3110 300e 300c 0603551d11 0405 3003 82012d", false }, /* "-" */
    { "a01c 301a " REQUEST "310d 300b 3009 0603551d0f 0402 0300", false },
    { "a01c 301a " REQUEST "310d 300b 3009 0603551d13 0402 3001", false },
    { "a01b 3019 " REQUEST "310c 300a 3008 06032a0304 0401 00", true },
};
/* clang-format on */

TEST(csr_good_attributes_and_their_nearest_bad_ones)
{
    for (size_t i = 0; i < ARRAY_LEN(attributes_rows); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct csr csr;
        if (parses(unit_hex(attributes_rows[i].attributes), arena, &csr) !=
            attributes_rows[i].is_good)
            unit_fail("row %zu: %s", i, attributes_rows[i].attributes);
    }
}

TEST(csr_of_0_1_2_64_65_and_many_attributes)
{
    static const size_t counts[] = { 0, 1, 2, 64, 65, 100000 };
    struct bytes attribute = unit_hex("3009 06032a0304 3102 0500");
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *attributes = buf_new(WRITTEN_OCTETS_MAX);
        struct der_mark mark = der_begin(attributes, DER_CONTEXT_CONSTRUCTED(0));
        for (size_t j = 0; j < counts[i]; j++)
            buf_add(attributes, attribute);
        der_end(attributes, mark);
        struct csr csr;
        assert_int_equal(parses(buf_bytes(attributes), arena, &csr), counts[i] <= 64);
    }
}

TEST(csr_challenge_is_read_from_every_string_type_up_to_its_bound)
{
    static const struct {
        uint8_t tag;
        size_t octets;
        bool fits;
    } rows[] = {
        { DER_UTF8_STRING, CHALLENGE_OCTETS_MAX, true },
        { DER_UTF8_STRING, CHALLENGE_OCTETS_MAX + 1, false },
        { DER_BMP_STRING, 128, true },
        { DER_UNIVERSAL_STRING, 128, false }, /* U+61616161 is no character */
        { DER_T61_STRING, 128, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static uint8_t text[CHALLENGE_OCTETS_MAX + 1];
        memset(text, 'a', sizeof text);
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *out = buf_new(4096);
        struct der_mark attributes = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        struct der_mark attribute = der_begin(out, DER_SEQUENCE);
        der_put_oid(out, oid_bytes(OID_CHALLENGE_PASSWORD));
        struct der_mark values = der_begin(out, DER_SET);
        der_put(out, rows[i].tag, (struct bytes){ text, rows[i].octets });
        der_end(out, values);
        der_end(out, attribute);
        der_end(out, attributes);
        struct csr csr;
        assert_int_equal(parses(buf_bytes(out), arena, &csr), rows[i].fits);
    }
}

TEST(csr_without_its_challenge_is_read_alike_and_no_longer_verifies)
{
    static const uint8_t tags[] = { DER_UNIVERSAL_STRING, DER_BMP_STRING };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct csr csr = parsed("full", arena), kept;
    struct error err = { 0 };
    unit_ok(csr_verify(&csr, &err), &err);
    struct bytes der = csr_without_challenge(&csr, arena);
    assert_int_equal(der.len, csr.der.len);
    assert_null(memmem(der.data, der.len, "correct horse", 13));
    unit_ok(csr_parse(der, arena, &kept, &err), &err);
    assert_string_equal(kept.challenge, "xxxxxxxxxxxxx");
    assert_true(bytes_equal(kept.subject, csr.subject));
    assert_true(bytes_equal(kept.spki.der, csr.spki.der));
    assert_int_equal(kept.sans.count, csr.sans.count);
    assert_false(csr_verify(&kept, &err));
    struct csr none = parsed("microsoft", arena);
    assert_true(bytes_equal(csr_without_challenge(&none, arena), none.der));
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        static const uint8_t letter[] = { 0, 0, 0, 'A' };
        size_t len = tags[i] == DER_BMP_STRING ? 2 : 4;
        SCOPED(buf_free) struct buf *out = buf_new(4096);
        struct der_mark attributes = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        struct der_mark attribute = der_begin(out, DER_SEQUENCE);
        der_put_oid(out, oid_bytes(OID_CHALLENGE_PASSWORD));
        struct der_mark values = der_begin(out, DER_SET);
        der_put(out, tags[i], (struct bytes){ letter + sizeof letter - len, len });
        der_end(out, values);
        der_end(out, attribute);
        der_end(out, attributes);
        assert_true(parses(buf_bytes(out), arena, &csr));
        assert_string_equal(csr.challenge, "A");
        der = csr_without_challenge(&csr, arena);
        error_clear(&err);
        unit_ok(csr_parse(der, arena, &kept, &err), &err);
        assert_int_equal(kept.challenge[0], 'x');
    }
}

TEST(csr_version_other_than_v1_is_refused)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bytes good = file("p256");
    uint8_t octets[4096];
    memcpy(octets, good.data, good.len);
    uint8_t *version = memmem(octets, good.len, "\x02\x01\x00", 3);
    assert_non_null(version);
    version[2] = 1;
    struct csr csr;
    struct error err = { 0 };
    assert_false(csr_parse((struct bytes){ octets, good.len }, arena, &csr, &err));
    assert_int_equal(err.code, ERR_BAD_CSR);
}

TEST(csr_larger_than_64_kib_is_refused_unread)
{
    static const uint8_t octets[CSR_OCTETS_MAX + 1];
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct csr csr;
    struct error err = { 0 };
    assert_false(csr_parse(BYTES_OF(octets), arena, &csr, &err));
    assert_int_equal(err.code, ERR_BAD_CSR);
}

TEST(csr_that_we_write_is_read_by_us_and_by_openssl)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *extensions = buf_new(1024);
    SCOPED(buf_free) struct buf *info = buf_new(4096);
    SCOPED(buf_free) struct buf *whole = buf_new(4096);
    struct csr sample = parsed("p256", arena);
    struct error err = { 0 };
    struct csr csr;
    extension_put_basic_constraints(extensions, true, 0);
    csr_encode_info(sample.subject, sample.spki.der, buf_bytes(extensions), info);
    csr_encode(buf_bytes(info), sample.algorithm, sample.signature, whole);
    unit_ok(csr_parse(buf_bytes(whole), arena, &csr, &err), &err);
    assert_true(csr.asks_ca);
    assert_true(bytes_equal(csr.info, buf_bytes(info)));
    const unsigned char *p = buf_bytes(whole).data;
    X509_REQ *theirs = d2i_X509_REQ(NULL, &p, (long)buf_len(whole));
    assert_non_null(theirs);
    X509_REQ_free(theirs);
    buf_truncate(info, 0);
    csr_encode_info(sample.subject, sample.spki.der, BYTES_NONE, info);
    assert_true(bytes_equal(buf_bytes(info), sample.info)); /* as openssl writes it */
}
