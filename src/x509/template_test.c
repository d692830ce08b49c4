#include "unit/unit.h"

#include "x509/constraints.h"
#include "x509/extension.h"
#include "x509/name.h"
#include "x509/name_part.h"
#include "x509/reason.h"
#include "x509/sid.h"
#include "x509/spki.h"
#include "x509/template.h"
#include "x509/usage.h"

#include "base/arena.h"

#include <openssl/x509v3.h>
#include <string.h>

/* ---- template ---- */

static struct buf *name_of(const char *text)
{
    struct error err = { .code = ERR_NONE };
    struct buf *name = buf_new(NAME_OCTETS_MAX);
    unit_ok(name_from_text(text, name, &err), &err);
    return name;
}

static const uint8_t serial[] = { 0x40, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static X509 *filled(struct bytes fixed, struct bytes more)
{
    struct buf *issuer = name_of("CN=Issuer");
    struct buf *subject = name_of("CN=subject");
    struct buf *tbs = buf_new(TEMPLATE_OCTETS_MAX);
    struct buf *der = buf_new(TEMPLATE_OCTETS_MAX);
    const struct template_fixed parts = { KEY_P256, DIGEST_SHA256, buf_bytes(issuer), fixed };
    struct template *template = template_new(&parts);
    const struct template_fields fields = { BYTES_OF(serial),
                                            1000000000,
                                            2600000000,
                                            buf_bytes(subject),
                                            unit_file("x509/p256.spki"),
                                            more };
    template_fill(template, &fields, tbs);
    template_join(template, buf_bytes(tbs), unit_hex("3006020101020101"), der);
    const unsigned char *at = buf_bytes(der).data;
    X509 *x509 = d2i_X509(NULL, &at, (long)buf_len(der));
    assert_non_null(x509);
    assert_ptr_equal(at, buf_bytes(der).data + buf_len(der));
    /* What OpenSSL writes of what it read is what we wrote. */
    unsigned char *again = NULL;
    int len = i2d_X509(x509, &again);
    assert_true(bytes_equal((struct bytes){ again, (size_t)len }, buf_bytes(der)));
    OPENSSL_free(again);
    template_free(template);
    buf_free(issuer);
    buf_free(subject);
    buf_free(tbs);
    buf_free(der);
    return x509;
}

TEST(template_fills_what_openssl_reads)
{
    struct buf *fixed = buf_new(1024);
    struct buf *more = buf_new(1024);
    extension_put_basic_constraints(fixed, false, -1);
    extension_put_key_usage(more, KEY_USAGE_DIGITAL_SIGNATURE);
    X509 *x509 = filled(buf_bytes(fixed), buf_bytes(more));
    assert_int_equal(X509_get_version(x509), 2);
    assert_int_equal(X509_get_ext_count(x509), 2);
    assert_int_equal(X509_get_key_usage(x509), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_signature_nid(x509), NID_ecdsa_with_SHA256);
    assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(x509)), sizeof serial);
    assert_int_equal(X509_get0_notBefore(x509)->type, V_ASN1_UTCTIME);
    assert_int_equal(X509_get0_notAfter(x509)->type, V_ASN1_GENERALIZEDTIME);
    char text[64];
    X509_NAME_get_text_by_NID(X509_get_issuer_name(x509), NID_commonName, text, sizeof text);
    assert_string_equal(text, "Issuer");
    X509_free(x509);
    buf_free(fixed);
    buf_free(more);
}

TEST(template_leaves_out_an_empty_list_of_extensions)
{
    X509 *x509 = filled(BYTES_NONE, BYTES_NONE);
    assert_int_equal(X509_get_ext_count(x509), 0);
    X509_free(x509);
}

/* Lengths of one, two and three octets. */
TEST(template_carries_extensions_of_any_length)
{
    static uint8_t octets[60000];
    static const size_t lens[] = { 1, 100, 127, 128, 255, 256, 40000, sizeof octets };
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        struct buf *fixed = buf_new(TEMPLATE_OCTETS_MAX);
        extension_put(fixed, OID_SUBJECT_ALT_NAME, false, (struct bytes){ octets, lens[i] });
        X509 *x509 = filled(buf_bytes(fixed), BYTES_NONE);
        X509_EXTENSION *extension = X509_get_ext(x509, 0);
        assert_int_equal(ASN1_STRING_length(X509_EXTENSION_get_data(extension)), lens[i]);
        X509_free(x509);
        buf_free(fixed);
    }
}

TEST(template_fails_the_buffer_that_is_too_small)
{
    struct buf *issuer = name_of("CN=Issuer");
    struct buf *small = buf_new(100);
    const struct template_fixed parts = { KEY_P256, DIGEST_SHA256, buf_bytes(issuer), BYTES_NONE };
    struct template *template = template_new(&parts);
    const struct template_fields fields = { .serial = BYTES_OF(serial),
                                            .subject = buf_bytes(issuer),
                                            .spki = unit_file("x509/p256.spki") };
    template_fill(template, &fields, small);
    assert_false(buf_ok(small));
    template_free(template);
    buf_free(issuer);
    buf_free(small);
}

/* ---- name_part ---- */

TEST(name_part_asks_for_no_more_than_the_whole)
{
    static const struct {
        const char *part;
        const char *whole;
        bool is_part;
    } rows[] = {
        { "CN=a, O=b", "CN=a, O=b", true },
        { "O=b, CN=a", "CN=a, O=b", true },
        { "CN=A", "CN=a, O=b", true },
        { "CN=a, O=b, OU=c", "CN=a, O=b", false },
        { "CN=a, CN=a", "CN=a, O=b", false },
        { "CN=a, CN=a", "CN=a, CN=a, O=b", true },
        { "O=a", "CN=a", false },
        { "CN=ab", "CN=a", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf *part = name_of(rows[i].part);
        struct buf *whole = name_of(rows[i].whole);
        assert_int_equal(name_is_part(buf_bytes(part), buf_bytes(whole)), rows[i].is_part);
        assert_true(name_is_part(unit_hex("3000"), buf_bytes(whole)));
        assert_false(name_is_part(buf_bytes(part), unit_hex("3000")));
        assert_false(name_is_part(unit_hex("3001"), buf_bytes(whole)));
        buf_free(part);
        buf_free(whole);
    }
}

/* ---- reasons, SIDs, usages ---- */

TEST(reasons_have_the_wires_numbers_and_names)
{
    enum reason reason;
    assert_true(reason_from_text("keyCompromise", &reason));
    assert_int_equal(reason, 1);
    assert_string_equal(reason_text(4), "superseded");
    assert_null(reason_text(7));
    assert_null(reason_text(11));
    assert_null(reason_text(-1));
    assert_false(reason_from_text("removeFromCRL", &reason));
    assert_false(reason_from_text("KeyCompromise", &reason));
    assert_false(reason_from_text("", &reason));
}

TEST(sids_have_the_form_of_windows)
{
    assert_true(sid_is_valid("S-1-5-21-1004336348-1177238915-682003330-512"));
    assert_false(sid_is_valid("S-1-"));
    assert_false(sid_is_valid("S-1-5-"));
    assert_false(sid_is_valid("S-1--5"));
    assert_false(sid_is_valid("S-1-5-x"));
    assert_false(sid_is_valid("s-1-5-21"));
    assert_false(sid_is_valid(""));
}

/* The extension of a Windows CA, [MS-WCCE] §2.2.2.7.7.4. */
TEST(sid_extension_is_an_other_name_with_an_octet_string)
{
    struct buf *extension = buf_new(256);
    extension_put_sid(extension, "S-1-5-21");
    const unsigned char *at = buf_bytes(extension).data;
    X509_EXTENSION *read = d2i_X509_EXTENSION(NULL, &at, (long)buf_len(extension));
    assert_non_null(read);
    const unsigned char *value = ASN1_STRING_get0_data(X509_EXTENSION_get_data(read));
    GENERAL_NAMES *names =
        d2i_GENERAL_NAMES(NULL, &value, ASN1_STRING_length(X509_EXTENSION_get_data(read)));
    assert_int_equal(sk_GENERAL_NAME_num(names), 1);
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, 0);
    assert_int_equal(name->type, GEN_OTHERNAME);
    const ASN1_OCTET_STRING *sid = name->d.otherName->value->value.octet_string;
    assert_int_equal(ASN1_STRING_length(sid), 8);
    assert_memory_equal(ASN1_STRING_get0_data(sid), "S-1-5-21", 8);
    GENERAL_NAMES_free(names);
    X509_EXTENSION_free(read);
    buf_free(extension);
}

static struct oids usages(struct arena *arena, const char *const *texts, size_t count)
{
    struct oids oids;
    struct error err = { .code = ERR_NONE };
    unit_ok(usages_from_texts(texts, count, arena, &oids, &err), &err);
    return oids;
}

TEST(usages_in_common_are_those_of_both)
{
    static const char *const texts[] = { "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2",
                                         "1.3.6.1.5.5.7.3.4" };
    struct arena *arena = arena_new();
    struct oids none = { NULL, 0 };
    struct oids first = usages(arena, texts, 2);
    struct oids second = usages(arena, texts + 1, 2);
    struct oids common = usages_common(&first, &second, arena);
    assert_int_equal(common.count, 1);
    assert_true(oids_contain(&second, common.items[0]));
    common = usages_common(&first, &none, arena); /* unrestricted */
    assert_true(usages_equal(&common, &first));
    struct oids last = usages(arena, texts + 2, 1);
    assert_int_equal(usages_common(&first, &last, arena).count, 0);
    assert_false(usages_equal(&first, &second));
    arena_free(arena);
}

TEST(usages_refuse_what_is_no_oid)
{
    static const char *const texts[] = { "", "1", "3.1.1", "1.2.x", "1..2" };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct oids oids;
        struct error err = { .code = ERR_NONE };
        assert_false(usages_from_texts(texts + i, 1, arena, &oids, &err));
    }
    arena_free(arena);
}

TEST(s2_forbidden_usages_are_three)
{
    assert_true(usage_is_forbidden(oid_bytes(OID_OCSP_SIGNING)));
    assert_true(usage_is_forbidden(oid_bytes(OID_ANY_EXTENDED_KEY_USAGE)));
    assert_true(usage_is_forbidden(oid_bytes(OID_MS_CERTIFICATE_TRUST_LIST_SIGNING)));
    assert_false(usage_is_forbidden(oid_bytes(OID_CLIENT_AUTH)));
    assert_false(usage_is_forbidden(BYTES_NONE));
}

/* ---- constraints ---- */

TEST(constraints_that_cannot_be_read_let_nothing_through)
{
    struct error err = { .code = ERR_NONE };
    assert_false(constraints_check(unit_hex("3003020101"), unit_file("x509/leaf.cer"), &err));
    assert_int_equal(err.code, ERR_MALFORMED);
    error_clear(&err);
    assert_false(constraints_check(unit_hex("3000"), unit_hex("3000"), &err));
    assert_int_equal(err.code, ERR_MALFORMED);
}

/* Permitted and excluded dNSName subtrees against leaf.cer's d.example.org and *.example.org. */
TEST(constraints_bind_alternative_names)
{
    struct error err = { .code = ERR_NONE };
    struct bytes leaf = unit_file("x509/leaf.cer");
    /* permitted example.org */
    unit_ok(constraints_check(unit_hex("3011a00f300d820b6578616d706c652e6f7267"), leaf, &err),
            &err);
    /* permitted example.com */
    assert_false(constraints_check(unit_hex("3011a00f300d820b6578616d706c652e636f6d"), leaf, &err));
    assert_int_equal(err.code, ERR_BAD_CSR);
    error_clear(&err);
    /* excluded example.org */
    assert_false(constraints_check(unit_hex("3011a10f300d820b6578616d706c652e6f7267"), leaf, &err));
    assert_int_equal(err.code, ERR_BAD_CSR);
}
