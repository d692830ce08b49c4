#include "unit/peer.h"

#include "base/arena.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"

#include <string.h>

enum { ROOM = 1 << 20 };

static const char text[] = "what was signed";
#define TEXT ((struct bytes){ (const uint8_t *)text, sizeof text - 1 })

/* Reads and verifies; the code says how far it got. */
static enum error_code verdict(struct bytes ber, const struct peer *signer, bool allow_sha1)
{
    struct error err = { .code = ERR_NONE };
    struct cms_signed message;
    struct certificate certificate = peer_certificate(signer);
    struct bytes der = peer_shape(ber, &err);
    bool good = der.len && cms_parse_signed(der, &message, &err) &&
                cms_verify(&message, &certificate.spki, allow_sha1, &err);
    assert_int_equal(good, err.code == ERR_NONE);
    return err.code;
}

/* ---- SignedData that OpenSSL wrote ---- */

TEST(cms_verifies_what_openssl_signs)
{
    const EVP_MD *digests[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
    static const char *const names[] = { "device", "device", "ec" };
    for (size_t i = 0; i < ARRAY_LEN(digests); i++)
        for (size_t kind = 0; kind < ARRAY_LEN(names); kind++)
            for (unsigned form = 0; form < (kind == 1 ? 4 : 8);
                 form++) { /* OpenSSL streams no PSS */
                struct peer_signing signing = { .signer = peer_get(names[kind]),
                                                .md = digests[i],
                                                .content = TEXT,
                                                .is_pss = kind == 1,
                                                .is_bare = form & 1,
                                                .is_by_key_id = form & 2,
                                                .is_streamed = form & 4 };
                if (verdict(peer_sign(&signing), signing.signer, false) != ERR_NONE)
                    unit_fail("digest %zu, kind %zu, form %u", i, kind, form);
            }
}

TEST(cms_verifies_with_the_signers_key_only)
{
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha256(),
                                    .content = TEXT };
    struct bytes der = peer_sign(&signing);
    assert_int_equal(verdict(der, peer_get("other"), false), ERR_BAD_SIGNATURE);
    assert_int_equal(verdict(der, peer_get("ec"), false), ERR_WEAK_ALGORITHM);
}

TEST(cms_takes_sha1_only_when_allowed)
{
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha1(),
                                    .content = TEXT };
    struct bytes der = peer_sign(&signing);
    assert_int_equal(verdict(der, signing.signer, true), ERR_NONE);
    assert_int_equal(verdict(der, signing.signer, false), ERR_WEAK_ALGORITHM);
    assert_int_equal(verdict(der, peer_get("other"), true), ERR_BAD_SIGNATURE);
    signing.is_pss = true;
    assert_int_equal(verdict(peer_sign(&signing), signing.signer, true), ERR_WEAK_ALGORITHM);
    signing = (struct peer_signing){ .signer = peer_get("ec"), .md = EVP_sha1(), .content = TEXT };
    assert_int_equal(verdict(peer_sign(&signing), signing.signer, true), ERR_WEAK_ALGORITHM);
}

TEST(cms_never_takes_md5)
{
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_md5(),
                                    .content = TEXT };
    assert_int_equal(verdict(peer_sign(&signing), signing.signer, true), ERR_WEAK_ALGORITHM);
}

/* A flip in what is signed, in what is said about it, and in the signature. */
TEST(cms_refuses_flipped_bits)
{
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha256(),
                                    .content = TEXT };
    struct error err = { .code = ERR_NONE };
    struct bytes der = peer_shape(peer_sign(&signing), &err);
    struct cms_signed message;
    unit_ok(cms_parse_signed(der, &message, &err), &err);
    const struct bytes parts[] = { message.content, message.signed_attributes, message.signature };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        SCOPED(buf_free) struct buf *copy = buf_new(ROOM);
        uint8_t *octets = buf_extend(copy, der.len);
        memcpy(octets, der.data, der.len);
        octets[(size_t)(parts[i].data - der.data) + parts[i].len - 1] ^= 1;
        assert_int_equal(verdict(buf_bytes(copy), signing.signer, false), ERR_BAD_SIGNATURE);
    }
}

TEST(cms_finds_the_signer_by_both_names)
{
    for (int by_key_id = 0; by_key_id < 2; by_key_id++) {
        struct peer_signing signing = { .signer = peer_get("device"),
                                        .md = EVP_sha256(),
                                        .content = TEXT,
                                        .is_by_key_id = by_key_id };
        struct error err = { .code = ERR_NONE };
        struct cms_signed message;
        struct certificate device = peer_certificate(peer_get("device"));
        struct certificate other = peer_certificate(peer_get("other"));
        unit_ok(cms_parse_signed(peer_shape(peer_sign(&signing), &err), &message, &err), &err);
        assert_true(cms_identifies(&message.signer, &device));
        assert_false(cms_identifies(&message.signer, &other));
        assert_int_equal(message.certificate_count, 1);
        assert_true(bytes_equal(message.certificates[0], device.der));
    }
}

TEST(cms_counts_attributes)
{
    const struct peer_attribute attributes[] = {
        { "2.16.840.1.113733.1.9.2", V_ASN1_PRINTABLESTRING, { (const uint8_t *)"19", 2 } },
        { "2.16.840.1.113733.1.9.7", V_ASN1_PRINTABLESTRING, { (const uint8_t *)"abc", 3 } },
    };
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha256(),
                                    .content = TEXT,
                                    .attributes = attributes,
                                    .attribute_count = 2 };
    struct error err = { .code = ERR_NONE };
    struct cms_signed message;
    struct cms_attribute found;
    unit_ok(cms_parse_signed(peer_shape(peer_sign(&signing), &err), &message, &err), &err);
    assert_int_equal(cms_find_attribute(&message, OID_SCEP_TRANSACTION_ID, &found), 1);
    assert_int_equal(found.tag, DER_PRINTABLE_STRING);
    assert_true(bytes_equal(found.content, bytes_of_text("abc")));
    assert_int_equal(cms_find_attribute(&message, OID_SCEP_FAIL_INFO, &found), 0);
}

/* ---- SignedData that we write ---- */

static struct bytes our_signed(struct bytes content, enum digest digest)
{
    struct error err = { .code = ERR_NONE };
    struct certificate signer = peer_certificate(peer_get("ra"));
    SCOPED(buf_free) struct buf *attributes = buf_new(ROOM);
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    cms_put_attribute(attributes, OID_SCEP_PKI_STATUS, DER_PRINTABLE_STRING, bytes_of_text("0"));
    struct cms_signing signing = { .content = content,
                                   .attributes = buf_bytes(attributes),
                                   .signer = &signer,
                                   .digest = digest,
                                   .sign = peer_sign_digest,
                                   .context = (void *)(uintptr_t)peer_get("ra") };
    unit_ok(cms_sign(&signing, out, &err), &err);
    return peer_keep_buf(out);
}

TEST(cms_openssl_verifies_what_we_sign)
{
    static const enum digest digests[] = { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
    for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
        struct bytes content = BYTES_NONE;
        struct bytes der = our_signed(TEXT, digests[i]);
        assert_true(peer_verify(der, peer_get("ra"), &content));
        assert_true(bytes_equal(content, TEXT));
        assert_false(peer_verify(der, peer_get("other"), &content));
        assert_int_equal(verdict(der, peer_get("ra"), false), ERR_NONE);
    }
}

/* certmonger 0.79 and strongSwan 5.9.8 want the eContent of PENDING and FAILURE present. */
TEST(cms_signs_content_of_zero_octets)
{
    struct error err = { .code = ERR_NONE };
    struct bytes content = TEXT;
    struct cms_signed message;
    struct bytes der = our_signed(BYTES_NONE, DIGEST_SHA256);
    assert_true(peer_verify(der, peer_get("ra"), &content));
    assert_int_equal(content.len, 0);
    unit_ok(cms_parse_signed(der, &message, &err), &err);
    assert_true(message.has_content);
    assert_int_equal(verdict(der, peer_get("ra"), false), ERR_NONE);
}

TEST(cms_names_the_signature_rsa_encryption)
{
    struct error err = { .code = ERR_NONE };
    struct cms_signed message;
    struct der parameters;
    enum oid oid;
    unit_ok(cms_parse_signed(our_signed(TEXT, DIGEST_SHA512), &message, &err), &err);
    struct der algorithm = der_of(message.signature_algorithm);
    assert_true(cms_take_algorithm(&algorithm, &oid, &parameters, NULL));
    assert_int_equal(oid, OID_RSA_ENCRYPTION);
}

TEST(cms_openssl_reads_degenerate_certificates)
{
    const struct bytes certificates[] = { peer_get("ra")->der, peer_get("device")->der,
                                          peer_get("other")->der };
    for (size_t count = 0; count <= ARRAY_LEN(certificates); count++) {
        SCOPED(buf_free) struct buf *out = buf_new(ROOM);
        cms_put_certificates(certificates, count, out);
        const uint8_t *p = buf_bytes(out).data;
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)buf_len(out));
        assert_non_null(cms);
        STACK_OF(X509) *found = CMS_get1_certs(cms);
        assert_int_equal(found ? sk_X509_num(found) : 0, count);
        if (count)
            assert_int_equal(X509_cmp(sk_X509_value(found, 0), peer_get("ra")->certificate), 0);
        sk_X509_pop_free(found, X509_free);
        CMS_ContentInfo_free(cms);
        struct error err = { .code = ERR_NONE };
        struct cms_signed message;
        unit_ok(cms_parse_signed(buf_bytes(out), &message, &err), &err);
        assert_false(message.has_signer);
        assert_int_equal(message.certificate_count, count);
    }
}

static struct bytes some_crl(void)
{
    const struct peer *ra = peer_get("ra");
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, 1700000000);
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ra->certificate));
    X509_CRL_set1_lastUpdate(crl, now);
    X509_CRL_set1_nextUpdate(crl, now);
    assert_true(X509_CRL_sign(crl, ra->key, EVP_sha256()) > 0);
    uint8_t *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    struct bytes octets = peer_keep((struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    ASN1_TIME_free(now);
    X509_CRL_free(crl);
    return octets;
}

TEST(cms_openssl_reads_a_degenerate_crl)
{
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    cms_put_crl(some_crl(), out);
    const uint8_t *p = buf_bytes(out).data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)buf_len(out));
    STACK_OF(X509_CRL) *found = CMS_get1_crls(cms);
    assert_int_equal(sk_X509_CRL_num(found), 1);
    sk_X509_CRL_pop_free(found, X509_CRL_free);
    CMS_ContentInfo_free(cms);
}

TEST(cms_issuer_and_serial_is_read_alone)
{
    struct error err = { .code = ERR_NONE };
    struct cms_identifier found;
    struct certificate ra = peer_certificate(peer_get("ra"));
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    cms_put_issuer_and_serial(&ra, out);
    unit_ok(cms_parse_issuer_and_serial(buf_bytes(out), &found, &err), &err);
    assert_true(cms_identifies(&found, &ra));
    buf_add_octet(out, 0);
    assert_false(cms_parse_issuer_and_serial(buf_bytes(out), &found, &err));
}
