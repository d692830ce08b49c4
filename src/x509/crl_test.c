#include "unit/unit.h"

#include "base/error.h"
#include "base/memory.h"
#include "fuzz/differential.h"
#include "x509/certificate.h"
#include "x509/crl.h"
#include "x509/name.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { NOW = 1739441826, WEEK = 7 * 86400 };

/* ---- reading ---- */

static bool parses(struct bytes der, struct crl *out)
{
    struct error err = { .code = ERR_NONE };
    bool is_read = crl_parse(der, out, &err);
    assert_int_equal(is_read ? ERR_NONE : ERR_MALFORMED, err.code);
    return is_read;
}

TEST(rfc_5280_5_lists_of_openssl_are_read)
{
    struct crl crl;
    struct crl_entry entry;
    assert_true(parses(unit_file("status/complete.crl"), &crl));
    assert_int_equal(crl.number, 0x1001);
    assert_false(crl.is_delta);
    assert_int_equal(crl.authority_key_identifier.len, 20);
    assert_true(crl.freshest.len > 0);
    assert_true(crl_find(&crl, unit_hex("5000000000000000000000000000000b"), &entry));
    assert_int_equal(entry.reason, REASON_KEY_COMPROMISE);
    assert_int_equal(entry.revoked_at, NOW);
    assert_true(crl_find(&crl, unit_hex("4000000000000000000000000000000a"), &entry));
    assert_int_equal(entry.reason, REASON_UNSPECIFIED);
    assert_false(crl_find(&crl, unit_hex("4000000000000000000000000000000b"), &entry));
    assert_true(parses(unit_file("status/empty.crl"), &crl));
    assert_int_equal(crl.entries.len, 0);
    assert_true(parses(unit_file("status/delta.crl"), &crl));
    assert_true(crl.is_delta);
    assert_int_equal(crl.base_number, 4096);
}

TEST(rfc_5280_5_2_unknown_critical_extensions_are_refused)
{
    struct crl crl;
    assert_false(parses(unit_file("status/indirect.crl"), &crl));
}

TEST(crl_refuses_every_truncation_and_trailing_octets)
{
    struct crl crl;
    struct bytes whole = unit_file("status/complete.crl");
    for (size_t len = 0; len < whole.len; len++)
        assert_false(parses((struct bytes){ whole.data, len }, &crl));
    SCOPED(buf_free) struct buf *longer = buf_new(whole.len + 1);
    buf_add(longer, whole);
    buf_add_octet(longer, 0);
    assert_false(parses(buf_bytes(longer), &crl));
}

/* ---- writing, read by OpenSSL ---- */

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    struct buf *algorithm;
    struct buf *issuer;
    uint8_t key_identifier[20];
};

static void load_signer(struct signer *signer)
{
    struct bytes der = unit_file("x509/p256.cer");
    struct bytes pem = unit_file("x509/p256.key.pem");
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    signer->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    const unsigned char *p = der.data;
    signer->certificate = d2i_X509(NULL, &p, (long)der.len);
    signer->algorithm = buf_new(64);
    signature_algorithm_put(KEY_P256, DIGEST_SHA256, signer->algorithm);
    const unsigned char *name;
    size_t len;
    assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(signer->certificate), &name, &len),
                     1);
    signer->issuer = buf_copy((struct bytes){ name, len });
    unsigned id_len;
    X509_pubkey_digest(signer->certificate, EVP_sha1(), signer->key_identifier, &id_len);
}

static void clear_signer(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
    X509_free(signer->certificate);
    buf_free(signer->algorithm);
    buf_free(signer->issuer);
}

static struct crl_head head_of(const struct signer *signer)
{
    return (struct crl_head){
        .algorithm = buf_bytes(signer->algorithm),
        .issuer = buf_bytes(signer->issuer),
        .key_identifier = BYTES_OF(signer->key_identifier),
        .this_update = NOW,
        .next_update = NOW + WEEK,
        .number = NOW,
        .freshest_url = "http://localhost:8080/crl/x/v1/delta.crl",
    };
}

/* begin, entries, end are one after the other here; ca/ keeps them apart. */
static struct buf *write_list(const struct signer *signer, const struct crl_head *head,
                              struct bytes entries)
{
    SCOPED(buf_free) struct buf *inside = buf_new(entries.len + 65536);
    crl_put_begin(inside, head, entries.len);
    buf_add(inside, entries);
    crl_put_end(inside, head);
    uint8_t signature[256];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key), 1);
    assert_int_equal(
        EVP_DigestSign(context, signature, &len, buf_bytes(inside).data, buf_len(inside)), 1);
    EVP_MD_CTX_free(context);
    crl_put_signature(inside, head, (struct bytes){ signature, len });
    struct buf *out = buf_new(buf_len(inside) + 16);
    crl_put_header(out, buf_len(inside));
    buf_add(out, buf_bytes(inside));
    assert_true(buf_ok(out));
    return out;
}

static struct crl_entry entry_of(size_t i, uint8_t serial[16])
{
    static const int64_t reasons[] = { REASON_UNSPECIFIED, REASON_KEY_COMPROMISE, REASON_SUPERSEDED,
                                       REASON_PRIVILEGE_WITHDRAWN };
    memset(serial, 0x40, 16);
    for (size_t k = 0; k < 8; k++)
        serial[8 + k] = (uint8_t)(i >> 8 * (7 - k));
    return (struct crl_entry){ { serial, 16 }, NOW - (time_t)i, reasons[i % ARRAY_LEN(reasons)] };
}

static void check_count(size_t count)
{
    struct signer signer = { 0 };
    load_signer(&signer);
    struct crl_head head = head_of(&signer);
    SCOPED(buf_free) struct buf *entries = buf_new(count * 64 + 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t serial[16];
        struct crl_entry entry = entry_of(i, serial);
        crl_put_entry(entries, &entry);
    }
    SCOPED(buf_free) struct buf *der = write_list(&signer, &head, buf_bytes(entries));
    assert_null(differ_crl(buf_bytes(der)));
    struct crl crl;
    assert_true(parses(buf_bytes(der), &crl));
    assert_true(bytes_equal(crl.entries, buf_bytes(entries)));
    const unsigned char *p = buf_bytes(der).data;
    X509_CRL *theirs = d2i_X509_CRL(NULL, &p, (long)buf_len(der));
    assert_non_null(theirs);
    assert_int_equal(X509_CRL_verify(theirs, signer.key), 1);
    STACK_OF(X509_REVOKED) *stack = X509_CRL_get_REVOKED(theirs);
    assert_int_equal(stack ? sk_X509_REVOKED_num(stack) : 0, (int)count);
    X509_CRL_free(theirs);
    clear_signer(&signer);
}

TEST(pki_rules_8_lists_of_0_1_2_and_100000_entries)
{
    check_count(0);
    check_count(1);
    check_count(2);
    check_count(100000);
}

TEST(rfc_5280_5_1_2_6_revoked_certificates_are_absent_when_there_are_none)
{
    struct signer signer = { 0 };
    load_signer(&signer);
    struct crl_head head = head_of(&signer);
    SCOPED(buf_free) struct buf *empty = buf_new(16);
    SCOPED(buf_free) struct buf *der = write_list(&signer, &head, buf_bytes(empty));
    struct crl crl;
    assert_true(parses(buf_bytes(der), &crl));
    assert_null(crl.entries.data);
    clear_signer(&signer);
}

TEST(rfc_5280_5_2_4_deltas_name_their_base_critically_and_no_freshest_list)
{
    struct signer signer = { 0 };
    load_signer(&signer);
    struct crl_head head = head_of(&signer);
    head.is_delta = true;
    head.base_number = NOW - 1000;
    head.freshest_url = NULL;
    SCOPED(buf_free) struct buf *der = write_list(&signer, &head, BYTES_NONE);
    struct crl crl;
    assert_true(parses(buf_bytes(der), &crl));
    assert_true(crl.is_delta);
    assert_int_equal(crl.base_number, NOW - 1000);
    assert_int_equal(crl.number, NOW);
    assert_int_equal(crl.freshest.len, 0);
    const unsigned char *p = buf_bytes(der).data;
    X509_CRL *theirs = d2i_X509_CRL(NULL, &p, (long)buf_len(der));
    int at = X509_CRL_get_ext_by_NID(theirs, NID_delta_crl, -1);
    assert_true(at >= 0);
    assert_int_equal(X509_EXTENSION_get_critical(X509_CRL_get_ext(theirs, at)), 1);
    X509_CRL_free(theirs);
    clear_signer(&signer);
}

/* The writer has its own quick times: they must be those of der_put_time, either side of 2050. */
TEST(rfc_5280_5_1_2_4_times_are_utc_through_2049)
{
    static const time_t times[] = { 0,          86399,      951782400,  951868800,
                                    1582934400, 1709164800, 1735689599, 2524607999,
                                    2524608000, 4102444800, 4107542400, 32503680000 };
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        static const uint8_t serial[] = { 0x40, 1 };
        struct crl_entry entry = { BYTES_OF(serial), times[i], REASON_UNSPECIFIED };
        SCOPED(buf_free) struct buf *ours = buf_new(128);
        SCOPED(buf_free) struct buf *slow = buf_new(128);
        crl_put_entry(ours, &entry);
        struct der_mark sequence = der_begin(slow, DER_SEQUENCE);
        der_put(slow, DER_INTEGER, BYTES_OF(serial));
        der_put_time(slow, times[i]);
        der_end(slow, sequence);
        assert_true(bytes_equal(buf_bytes(ours), buf_bytes(slow)));
    }
}

TEST(crl_writes_no_entry_that_cannot_be)
{
    static const uint8_t negative[] = { 0x80, 1 }, good[] = { 0x40, 1 };
    const struct crl_entry rows[] = {
        { BYTES_NONE, NOW, 0 },      { BYTES_OF(negative), NOW, 0 }, { BYTES_OF(good), -1, 0 },
        { BYTES_OF(good), NOW, 11 }, { BYTES_OF(good), NOW, -1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        SCOPED(buf_free) struct buf *out = buf_new(128);
        crl_put_entry(out, &rows[i]);
        assert_false(buf_ok(out));
    }
}
