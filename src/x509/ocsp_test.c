#include "unit/unit.h"

#include "base/error.h"
#include "x509/der.h"
#include "x509/extension.h"
#include "x509/ocsp.h"
#include "x509/oid.h"
#include "x509/reason.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

enum { NOW = 1739441826 }; /* 2025-02-13T10:17:06Z */

static bool parses(struct bytes der, struct ocsp_request *out)
{
    struct error err = { .code = ERR_NONE };
    bool is_read = ocsp_request_parse(der, out, &err);
    assert_int_equal(is_read ? ERR_NONE : ERR_MALFORMED, err.code);
    return is_read;
}

/* ---- requests made here, field by field ---- */

struct draft {
    size_t cert_ids;
    int nonce_octets; /* -1: none */
    int nonces;
    bool explicit_version;
    int version;
    enum oid extension; /* another extension of the whole request */
    bool is_critical;
    bool is_single; /* that extension stands on the single request instead */
    bool trailing;
};

static void put_cert_id(struct buf *out, size_t i)
{
    uint8_t hash[20] = { (uint8_t)i };
    uint8_t serial[16] = { 0x40, (uint8_t)i };
    struct der_mark id = der_begin(out, DER_SEQUENCE);
    struct der_mark algorithm = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_SHA1));
    der_put_null(out);
    der_end(out, algorithm);
    der_put(out, DER_OCTET_STRING, BYTES_OF(hash));
    der_put(out, DER_OCTET_STRING, BYTES_OF(hash));
    der_put(out, DER_INTEGER, BYTES_OF(serial));
    der_end(out, id);
}

static void put_nonce(struct buf *out, int octets)
{
    uint8_t nonce[256] = { 7 };
    SCOPED(buf_free) struct buf *value = buf_new(512);
    der_put(value, DER_OCTET_STRING, (struct bytes){ nonce, (size_t)octets });
    extension_put(out, OID_OCSP_NONCE, false, buf_bytes(value));
}

static void put_extensions(struct buf *out, const struct draft *draft)
{
    struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(2));
    struct der_mark extensions = der_begin(out, DER_SEQUENCE);
    for (int i = 0; i < draft->nonces; i++)
        put_nonce(out, draft->nonce_octets);
    if (draft->extension && !draft->is_single)
        extension_put(out, draft->extension, draft->is_critical, BYTES_NONE);
    der_end(out, extensions);
    der_end(out, tagged);
}

static void put_request(struct buf *out, const struct draft *draft, size_t i)
{
    struct der_mark request = der_begin(out, DER_SEQUENCE);
    put_cert_id(out, i);
    if (draft->is_single) {
        struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        struct der_mark extensions = der_begin(out, DER_SEQUENCE);
        extension_put(out, draft->extension, draft->is_critical, BYTES_NONE);
        der_end(out, extensions);
        der_end(out, tagged);
    }
    der_end(out, request);
}

static struct buf *write_draft(const struct draft *draft)
{
    struct buf *out = buf_new(65536);
    struct der_mark whole = der_begin(out, DER_SEQUENCE);
    struct der_mark tbs = der_begin(out, DER_SEQUENCE);
    if (draft->explicit_version) {
        struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        der_put_small(out, draft->version);
        der_end(out, tagged);
    }
    struct der_mark list = der_begin(out, DER_SEQUENCE);
    for (size_t i = 0; i < draft->cert_ids; i++)
        put_request(out, draft, i);
    der_end(out, list);
    if (draft->nonces || (draft->extension && !draft->is_single))
        put_extensions(out, draft);
    der_end(out, tbs);
    der_end(out, whole);
    if (draft->trailing)
        buf_add_octet(out, 0);
    return out;
}

static bool draft_parses(struct draft draft, struct ocsp_request *out)
{
    SCOPED(buf_free) struct buf *der = write_draft(&draft);
    return parses(buf_bytes(der), out);
}

TEST(rfc_6960_4_1_requests_of_openssl_are_read)
{
    static const struct {
        const char *file;
        enum digest digest;
        size_t count;
        size_t nonce;
    } rows[] = {
        { "status/sha1.ocsp", DIGEST_SHA1, 1, 0 },
        { "status/sha256.ocsp", DIGEST_SHA256, 1, 0 },
        { "status/sha384.ocsp", DIGEST_NONE, 1, 0 },
        { "status/nonce.ocsp", DIGEST_SHA1, 1, 16 },
        { "status/several.ocsp", DIGEST_SHA1, 3, 16 },
        { "status/signed.ocsp", DIGEST_SHA1, 1, 16 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ocsp_request request;
        assert_true(parses(unit_file(rows[i].file), &request));
        assert_int_equal(request.count, rows[i].count);
        assert_int_equal(request.cert_ids[0].digest, rows[i].digest);
        assert_int_equal(request.has_nonce, rows[i].nonce != 0);
        assert_int_equal(request.nonce.len, rows[i].nonce);
    }
}

TEST(pki_rules_6_one_to_32_cert_ids)
{
    struct ocsp_request request;
    assert_false(draft_parses((struct draft){ .cert_ids = 0 }, &request));
    assert_true(draft_parses((struct draft){ .cert_ids = 1 }, &request));
    assert_true(draft_parses((struct draft){ .cert_ids = 2 }, &request));
    assert_int_equal(request.count, 2);
    assert_true(draft_parses((struct draft){ .cert_ids = 32 }, &request));
    assert_int_equal(request.count, 32);
    assert_false(draft_parses((struct draft){ .cert_ids = 33 }, &request));
    assert_false(draft_parses((struct draft){ .cert_ids = 400 }, &request));
}

TEST(pki_rules_6_a_nonce_has_1_to_128_octets)
{
    static const struct {
        int octets;
        bool is_read;
    } rows[] = { { 0, false },  { 1, true },    { 32, true },
                 { 128, true }, { 129, false }, { 255, false } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ocsp_request request;
        struct draft draft = { .cert_ids = 1, .nonces = 1, .nonce_octets = rows[i].octets };
        assert_int_equal(draft_parses(draft, &request), rows[i].is_read);
        if (rows[i].is_read)
            assert_int_equal(request.nonce.len, rows[i].octets);
    }
    struct ocsp_request request;
    assert_false(
        draft_parses((struct draft){ .cert_ids = 1, .nonces = 2, .nonce_octets = 16 }, &request));
}

TEST(rfc_6960_4_4_unknown_critical_extensions_are_refused)
{
    struct ocsp_request request;
    struct draft draft = { .cert_ids = 1, .extension = OID_SUBJECT_ALT_NAME };
    assert_true(draft_parses(draft, &request));
    draft.is_critical = true;
    assert_false(draft_parses(draft, &request));
    draft.is_single = true;
    assert_false(draft_parses(draft, &request));
    draft.is_critical = false;
    assert_true(draft_parses(draft, &request));
}

TEST(rfc_6960_4_1_version_is_1_written_out_or_not)
{
    struct ocsp_request request;
    assert_true(draft_parses((struct draft){ .cert_ids = 1, .explicit_version = true }, &request));
    assert_false(draft_parses(
        (struct draft){ .cert_ids = 1, .explicit_version = true, .version = 1 }, &request));
}

TEST(ocsp_request_refuses_every_truncation_and_what_trails)
{
    struct ocsp_request request;
    assert_false(draft_parses((struct draft){ .cert_ids = 1, .trailing = true }, &request));
    struct bytes whole = unit_file("status/several.ocsp");
    for (size_t len = 0; len < whole.len; len++)
        assert_false(parses((struct bytes){ whole.data, len }, &request));
}

/* ---- responses, read by OpenSSL ---- */

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    struct bytes der;
    uint8_t key_hash[20];
};

static struct signer load_signer(void)
{
    struct signer signer = { .der = unit_file("x509/p256.cer") };
    struct bytes pem = unit_file("x509/p256.key.pem");
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    signer.key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    const unsigned char *p = signer.der.data;
    signer.certificate = d2i_X509(NULL, &p, (long)signer.der.len);
    assert_non_null(signer.key);
    assert_non_null(signer.certificate);
    unsigned len;
    assert_int_equal(X509_pubkey_digest(signer.certificate, EVP_sha1(), signer.key_hash, &len), 1);
    return signer;
}

static void free_signer(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
    X509_free(signer->certificate);
}

static void sign_data(const struct signer *signer, struct bytes tbs, struct buf *out)
{
    uint8_t signature[256];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &len, tbs.data, tbs.len), 1);
    EVP_MD_CTX_free(context);
    SCOPED(buf_free) struct buf *algorithm = buf_new(64);
    signature_algorithm_put(KEY_P256, DIGEST_SHA256, algorithm);
    ocsp_put_response(tbs, buf_bytes(algorithm), (struct bytes){ signature, len }, signer->der,
                      out);
}

static OCSP_BASICRESP *read_basic(const struct buf *response)
{
    const unsigned char *p = buf_bytes(response).data;
    OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &p, (long)buf_len(response));
    assert_non_null(whole);
    assert_ptr_equal(p, buf_bytes(response).data + buf_len(response));
    assert_int_equal(OCSP_response_status(whole), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(whole);
    OCSP_RESPONSE_free(whole);
    assert_non_null(basic);
    return basic;
}

static void check_times(OCSP_SINGLERESP *single, const struct ocsp_single *wanted)
{
    ASN1_GENERALIZEDTIME *revoked, *this_update, *next_update;
    struct tm tm;
    int reason;
    int status = OCSP_single_get0_status(single, &reason, &revoked, &this_update, &next_update);
    assert_int_equal(status, wanted->status);
    assert_int_equal(ASN1_TIME_to_tm(this_update, &tm), 1);
    assert_int_equal(timegm(&tm), wanted->this_update);
    assert_int_equal(ASN1_TIME_to_tm(next_update, &tm), 1);
    assert_int_equal(timegm(&tm), wanted->next_update);
    if (wanted->status != OCSP_REVOKED)
        return;
    assert_int_equal(ASN1_TIME_to_tm(revoked, &tm), 1);
    assert_int_equal(timegm(&tm), wanted->revoked_at);
    assert_int_equal(reason, wanted->reason ? wanted->reason : OCSP_REVOKED_STATUS_NOSTATUS);
}

TEST(rfc_6960_4_2_responses_are_what_openssl_reads_and_verifies)
{
    struct signer signer = load_signer();
    struct ocsp_request request;
    assert_true(parses(unit_file("status/several.ocsp"), &request));
    const struct ocsp_single singles[] = {
        { request.cert_ids[0].der, OCSP_GOOD, 0, 0, NOW, NOW + 43200 },
        { request.cert_ids[1].der, OCSP_REVOKED, NOW - 5, REASON_KEY_COMPROMISE, NOW, NOW + 60 },
        { request.cert_ids[2].der, OCSP_UNKNOWN, 0, 0, NOW, NOW + 60 },
        { request.cert_ids[2].der, OCSP_REVOKED, NOW - 9, REASON_UNSPECIFIED, NOW, NOW + 60 },
    };
    const struct ocsp_data data = { signer.key_hash,    NOW,  singles,
                                    ARRAY_LEN(singles), true, request.nonce };
    SCOPED(buf_free) struct buf *tbs = buf_new(65536);
    SCOPED(buf_free) struct buf *response = buf_new(65536);
    ocsp_put_data(&data, tbs);
    sign_data(&signer, buf_bytes(tbs), response);
    OCSP_BASICRESP *basic = read_basic(response);
    assert_int_equal(OCSP_resp_count(basic), (int)ARRAY_LEN(singles));
    for (size_t i = 0; i < ARRAY_LEN(singles); i++)
        check_times(OCSP_resp_get0(basic, (int)i), &singles[i]);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, signer.certificate);
    X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME);
    assert_int_equal(OCSP_basic_verify(basic, NULL, store, 0), 1);
    struct bytes asked = unit_file("status/several.ocsp");
    const unsigned char *p = asked.data;
    OCSP_REQUEST *theirs = d2i_OCSP_REQUEST(NULL, &p, (long)asked.len);
    assert_int_equal(OCSP_check_nonce(theirs, basic), 1);
    OCSP_REQUEST_free(theirs);
    X509_STORE_free(store);
    OCSP_BASICRESP_free(basic);
    free_signer(&signer);
}

TEST(rfc_6960_2_3_errors_are_unsigned)
{
    static const enum ocsp_response_status rows[] = { OCSP_MALFORMED_REQUEST, OCSP_INTERNAL_ERROR,
                                                      OCSP_TRY_LATER, OCSP_UNAUTHORIZED };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint8_t octets[OCSP_ERROR_OCTETS];
        ocsp_error(rows[i], octets);
        const unsigned char *p = octets;
        OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, sizeof octets);
        assert_non_null(response);
        assert_int_equal(OCSP_response_status(response), rows[i]);
        assert_null(OCSP_response_get1_basic(response));
        OCSP_RESPONSE_free(response);
    }
}
