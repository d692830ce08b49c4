#include "unit/peer.h"

#include "base/arena.h"
#include "base/random.h"
#include "x509/ber.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

enum { PEERS_MAX = 8, DER_OCTETS_MAX = 1 << 20 };

static struct peer peers[PEERS_MAX];
static size_t peer_count;
static struct arena *kept; /* until the program ends */

static void check(bool good, const char *what)
{
    if (!good) {
        ERR_print_errors_fp(stderr);
        unit_fail("OpenSSL: %s", what);
    }
}

static BIO *open_pem(const char *name, const char *suffix)
{
    char path[128];
    snprintf(path, sizeof path, "scep/%s%s.pem", name, suffix);
    struct bytes pem = unit_file(path);
    return BIO_new_mem_buf(pem.data, (int)pem.len);
}

static BIO *open_bytes(struct bytes bytes)
{
    return BIO_new_mem_buf(bytes.len ? (const void *)bytes.data : "", (int)bytes.len);
}

static struct bytes keep_bio(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    struct bytes octets = peer_keep((struct bytes){ (uint8_t *)data, (size_t)len });
    BIO_free(bio);
    return octets;
}

static const struct peer *load(const char *name)
{
    assert_true(peer_count < PEERS_MAX);
    struct peer *peer = &peers[peer_count++];
    BIO *key = open_pem(name, "-key");
    BIO *certificate = open_pem(name, "");
    *peer = (struct peer){ .name = name,
                           .key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL),
                           .certificate = PEM_read_bio_X509(certificate, NULL, NULL, NULL) };
    check(peer->key && peer->certificate, name);
    uint8_t *der = NULL;
    int len = i2d_X509(peer->certificate, &der);
    peer->der = peer_keep((struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    BIO_free(key);
    BIO_free(certificate);
    return peer;
}

static struct bytes write_cms(CMS_ContentInfo *cms, struct bytes content, unsigned flags)
{
    BIO *out = BIO_new(BIO_s_mem());
    BIO *in = open_bytes(content);
    check(i2d_CMS_bio_stream(out, cms, in, (int)flags) == 1, "i2d_CMS_bio_stream");
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    return keep_bio(out);
}

static CMS_ContentInfo *read_cms(struct bytes der)
{
    BIO *in = open_bytes(der);
    CMS_ContentInfo *cms = d2i_CMS_bio(in, NULL);
    BIO_free(in);
    return cms;
}

static void add_attributes(CMS_SignerInfo *info, const struct peer_signing *signing)
{
    for (size_t i = 0; i < signing->attribute_count; i++) {
        const struct peer_attribute *attribute = &signing->attributes[i];
        check(CMS_signed_add1_attr_by_txt(info, attribute->oid, attribute->type,
                                          attribute->value.data, (int)attribute->value.len) == 1,
              "CMS_signed_add1_attr_by_txt");
    }
}

static EVP_PKEY_CTX *rsa_context(const struct peer *peer, bool is_oaep,
                                 int (*init)(EVP_PKEY_CTX *context))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(peer->key, NULL);
    int padding = is_oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING;
    check(init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1, "RSA");
    return context;
}

const struct peer *peer_get(const char *name)
{
    for (size_t i = 0; i < peer_count; i++)
        if (strcmp(peers[i].name, name) == 0)
            return &peers[i];
    return load(name);
}

struct certificate peer_certificate(const struct peer *peer)
{
    struct error err = { .code = ERR_NONE };
    struct certificate certificate;
    if (!kept)
        kept = arena_new();
    unit_ok(certificate_parse(peer->der, kept, &certificate, &err), &err);
    return certificate;
}

struct bytes peer_shape(struct bytes ber, struct error *err)
{
    SCOPED(buf_free) struct buf *der = buf_new(DER_OCTETS_MAX);
    return ber_to_der(ber, der, err) ? peer_keep_buf(der) : BYTES_NONE;
}

struct bytes peer_keep(struct bytes octets)
{
    if (!kept)
        kept = arena_new();
    return arena_bytes(kept, octets);
}

struct bytes peer_keep_buf(const struct buf *buf)
{
    assert_true(buf_ok(buf));
    return peer_keep(buf_bytes(buf));
}

struct bytes peer_sign(const struct peer_signing *signing)
{
    const struct peer *signer = signing->signer;
    unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM | CMS_NOSMIMECAP;
    unsigned own = CMS_BINARY | CMS_NOSMIMECAP | (signing->is_pss ? CMS_KEY_PARAM : 0u) |
                   (signing->is_bare ? CMS_NOATTR : 0u) |
                   (signing->is_by_key_id ? CMS_USE_KEYID : 0u);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    CMS_SignerInfo *info = CMS_add1_signer(cms, signer->certificate, signer->key, signing->md, own);
    check(info != NULL, "CMS_add1_signer");
    if (signing->is_pss)
        check(EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(info),
                                           RSA_PKCS1_PSS_PADDING) == 1,
              "PSS");
    add_attributes(info, signing);
    if (signing->is_streamed)
        return write_cms(cms, signing->content, flags);
    BIO *in = open_bytes(signing->content);
    check(CMS_final(cms, in, NULL, flags) == 1, "CMS_final");
    BIO_free(in);
    return write_cms(cms, BYTES_NONE, 0);
}

struct bytes peer_encrypt(const struct peer_encrypting *encrypting)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM;
    unsigned own = (encrypting->is_oaep ? CMS_KEY_PARAM : 0u) |
                   (encrypting->is_by_key_id ? CMS_USE_KEYID : 0u);
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, encrypting->cipher, flags);
    check(cms != NULL, "CMS_encrypt");
    for (size_t i = 0; i < encrypting->recipient_count; i++) {
        CMS_RecipientInfo *info =
            CMS_add1_recipient_cert(cms, encrypting->recipients[i]->certificate, own);
        check(info != NULL, "CMS_add1_recipient_cert");
        if (encrypting->is_oaep)
            EVP_PKEY_CTX_set_rsa_padding(CMS_RecipientInfo_get0_pkey_ctx(info),
                                         RSA_PKCS1_OAEP_PADDING);
    }
    if (encrypting->is_streamed)
        return write_cms(cms, encrypting->content, flags);
    BIO *in = open_bytes(encrypting->content);
    check(CMS_final(cms, in, NULL, flags) == 1, "CMS_final");
    BIO_free(in);
    return write_cms(cms, BYTES_NONE, 0);
}

bool peer_verify(struct bytes der, const struct peer *signer, struct bytes *content)
{
    CMS_ContentInfo *cms = read_cms(der);
    BIO *out = BIO_new(BIO_s_mem());
    STACK_OF(X509) *signers = sk_X509_new_null();
    sk_X509_push(signers, signer->certificate);
    bool good = cms && CMS_verify(cms, signers, NULL, NULL, out,
                                  CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN) == 1;
    ERR_clear_error();
    sk_X509_free(signers);
    CMS_ContentInfo_free(cms);
    struct bytes octets = keep_bio(out);
    if (good && content)
        *content = octets;
    return good;
}

bool peer_decrypt(struct bytes der, const struct peer *recipient, struct bytes *content)
{
    CMS_ContentInfo *cms = read_cms(der);
    BIO *out = BIO_new(BIO_s_mem());
    bool good =
        cms && CMS_decrypt(cms, recipient->key, recipient->certificate, NULL, out, CMS_BINARY) == 1;
    ERR_clear_error();
    CMS_ContentInfo_free(cms);
    *content = keep_bio(out);
    return good;
}

bool peer_open_key(void *context, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                   struct error *err)
{
    (void)err;
    uint8_t opened[1024];
    size_t len = sizeof opened;
    EVP_PKEY_CTX *rsa = rsa_context(context, is_oaep, EVP_PKEY_decrypt_init);
    bool good = EVP_PKEY_decrypt(rsa, opened, &len, block.data, block.len) == 1 && len == out_len;
    random_fill(out, out_len);
    if (good)
        memcpy(out, opened, out_len);
    EVP_PKEY_CTX_free(rsa);
    ERR_clear_error();
    return true;
}

bool peer_sign_digest(void *context, enum digest digest, struct bytes digest_octets,
                      struct buf *out, struct error *err)
{
    (void)err;
    uint8_t signature[1024];
    size_t len = sizeof signature;
    EVP_PKEY_CTX *rsa = rsa_context(context, false, EVP_PKEY_sign_init);
    check(EVP_PKEY_CTX_set_signature_md(rsa, digest_md(digest)) == 1 &&
              EVP_PKEY_sign(rsa, signature, &len, digest_octets.data, digest_octets.len) == 1,
          "EVP_PKEY_sign");
    EVP_PKEY_CTX_free(rsa);
    buf_add(out, (struct bytes){ signature, len });
    return true;
}

struct bytes peer_request(const struct peer *holder, const struct peer *signer,
                          const char *common_name, const char *challenge, const EVP_MD *md)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *subject = X509_REQ_get_subject_name(request);
    check(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const uint8_t *)"Example", -1,
                                     -1, 0) == 1 &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)common_name,
                                         -1, -1, 0) == 1 &&
              X509_REQ_set_pubkey(request, holder->key) == 1,
          "X509_REQ");
    if (challenge)
        check(X509_REQ_add1_attr_by_txt(request, "challengePassword", MBSTRING_UTF8,
                                        (const uint8_t *)challenge, -1) == 1,
              "challengePassword");
    check(X509_REQ_sign(request, signer->key, md) > 0, "X509_REQ_sign");
    uint8_t *der = NULL;
    int len = i2d_X509_REQ(request, &der);
    struct bytes octets = peer_keep((struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    X509_REQ_free(request);
    return octets;
}
