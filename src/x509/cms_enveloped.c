#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "x509/ber.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"

#include <openssl/rsa.h>
#include <string.h>

enum {
    ENVELOPED_VERSION = 0, /* §6.1: issuerAndSerialNumber only */
    RECIPIENT_VERSION = 0, /* §6.2.1 */
    RSA_BLOCK_OCTETS_MAX = 1024,
    CHOICE_FIRST = DER_CONTEXT_CONSTRUCTED(1), /* of RecipientInfo beside ktri: kari … ori */
    CHOICE_LAST = DER_CONTEXT_CONSTRUCTED(4),
};

/* ---- reading ---- */

static bool is_algorithm(struct der *der, enum oid wanted, struct der *parameters)
{
    enum oid oid;
    return cms_take_algorithm(der, &oid, parameters, NULL) && oid == wanted;
}

/* RFC 8017 App. A.2.1: all at their defaults, left out or written down. */
static bool is_default_oaep(struct der parameters)
{
    struct der inside;
    struct der field;
    struct der rest;
    struct bytes label;
    if (der_at_end(&parameters))
        return true;
    if (!der_enter(&parameters, DER_SEQUENCE, &inside))
        return false;
    if (der_enter(&inside, DER_CONTEXT_CONSTRUCTED(0), &field) &&
        !is_algorithm(&field, OID_SHA1, &rest))
        return false;
    if (der_enter(&inside, DER_CONTEXT_CONSTRUCTED(1), &field) &&
        !(is_algorithm(&field, OID_MGF1, &rest) && is_algorithm(&rest, OID_SHA1, &rest)))
        return false;
    if (der_enter(&inside, DER_CONTEXT_CONSTRUCTED(2), &field) &&
        !(der_enter(&field, DER_SEQUENCE, &rest) && der_oid(&rest, &label) &&
          der_octets(&rest, &label) && label.len == 0))
        return false;
    return der_at_end(&inside);
}

static enum cms_key_transport transport_of(enum oid oid, struct der parameters)
{
    if (oid == OID_RSA_ENCRYPTION)
        return CMS_TRANSPORT_PKCS1;
    if (oid == OID_RSA_OAEP && is_default_oaep(parameters))
        return CMS_TRANSPORT_OAEP;
    return CMS_TRANSPORT_UNKNOWN;
}

/* KeyTransRecipientInfo, §6.2.1. */
static bool parse_recipient(struct bytes content, struct cms_recipient *out)
{
    struct der info = der_of(content);
    struct der parameters;
    int64_t version;
    enum oid oid;
    if (!der_small(&info, &version) || !cms_take_identifier(&info, &out->identifier) ||
        !cms_take_algorithm(&info, &oid, &parameters, NULL) || !der_octets(&info, &out->key))
        return false;
    out->transport = transport_of(oid, parameters);
    return der_at_end(&info);
}

/* §6.2: a choice; what is not ktri has a context tag, counts, and is not for us. */
static bool parse_recipients(struct der *set, struct cms_enveloped *out, struct error *err)
{
    if (der_at_end(set))
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.1: no recipients");
    for (size_t count = 0; !der_at_end(set); count++) {
        uint8_t tag;
        struct bytes content;
        if (count == CMS_RECIPIENTS_MAX)
            return fail(err, ERR_TOO_LARGE, "EnvelopedData: more than %d recipients",
                        CMS_RECIPIENTS_MAX);
        if (!der_any(set, &tag, &content, NULL) ||
            (tag != DER_SEQUENCE && (tag < CHOICE_FIRST || tag > CHOICE_LAST)))
            return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.2: a RecipientInfo");
        out->has_unread |= tag != DER_SEQUENCE;
        if (tag != DER_SEQUENCE)
            continue;
        if (!parse_recipient(content, &out->recipients[out->recipient_count++]))
            return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.2.1: a RecipientInfo");
    }
    return true;
}

static enum cms_cipher cipher_of(enum oid oid)
{
    for (size_t i = CMS_CIPHER_NONE + 1; i < CMS_CIPHER_COUNT; i++)
        if (cms_ciphers[i].oid == oid)
            return (enum cms_cipher)i;
    return CMS_CIPHER_NONE;
}

/* The content is an [0] IMPLICIT OCTET STRING, primitive or, from BER, in pieces. */
static bool take_content(struct der *info, struct arena *arena, struct bytes *out,
                         struct error *err)
{
    struct bytes pieces;
    if (der_take(info, DER_CONTEXT(0), out))
        return true;
    if (!der_take(info, DER_CONTEXT_CONSTRUCTED(0), &pieces))
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.1: no encryptedContent");
    SCOPED(buf_free) struct buf *joined = buf_new(pieces.len);
    if (!ber_octets(pieces, joined, err))
        return false;
    *out = arena_bytes(arena, buf_bytes(joined));
    return true;
}

static bool parse_content(struct der *body, struct arena *arena, struct cms_enveloped *out,
                          struct error *err)
{
    struct der info;
    struct der parameters;
    struct bytes type;
    enum oid oid;
    if (!der_enter(body, DER_SEQUENCE, &info) || !der_oid(&info, &type) ||
        !cms_take_algorithm(&info, &oid, &parameters, NULL))
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.1: EncryptedContentInfo");
    out->cipher = cipher_of(oid);
    if (!take_content(&info, arena, &out->content, err) ||
        !der_end_of(&info, "EncryptedContentInfo", err))
        return false;
    size_t block = cms_ciphers[out->cipher].block_octets;
    if (out->cipher == CMS_CIPHER_NONE)
        return true;
    if (!der_octets(&parameters, &out->iv) || out->iv.len != block)
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 3565 §2.2: the IV has another length");
    return (out->content.len && out->content.len % block == 0) ||
           fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.3: no whole blocks");
}

/* ---- decrypting ---- */

/* All ones when a < b, else zero; both below 2^31. */
static uint32_t mask_less(uint32_t a, uint32_t b)
{
    return (uint32_t)0 - ((a - b) >> 31);
}

/* §6.3: the last octet n says how many, all n octets are n. Reads a whole block always. */
static size_t padding_of(struct bytes plain, size_t block)
{
    uint32_t n = plain.data[plain.len - 1];
    uint32_t bad = mask_less(n, 1) | mask_less((uint32_t)block, n);
    for (uint32_t i = 0; i < block; i++)
        bad |= mask_less(i, n) & (plain.data[plain.len - 1 - i] ^ n);
    return n & mask_less(bad & 0xff, 1);
}

static bool run_cipher(const struct cms_enveloped *enveloped, const EVP_CIPHER *cipher,
                       struct bytes key, uint8_t *plain)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    int end = 0;
    bool done = context &&
                EVP_DecryptInit_ex2(context, cipher, key.data, enveloped->iv.data, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                EVP_DecryptUpdate(context, plain, &len, enveloped->content.data,
                                  (int)enveloped->content.len) == 1 &&
                EVP_DecryptFinal_ex(context, plain + len, &end) == 1 &&
                (size_t)len + (size_t)end == enveloped->content.len;
    EVP_CIPHER_CTX_free(context);
    return done;
}

/* ---- writing ---- */

static bool encrypt_key(const struct certificate *recipient, struct bytes key, struct buf *out,
                        struct error *err)
{
    if (!recipient->spki.is_rsa)
        return fail(err, ERR_WEAK_ALGORITHM, "the requester's key is not RSA");
    EVP_PKEY *pkey = spki_to_pkey(&recipient->spki, err);
    if (!pkey)
        return false;
    uint8_t block[RSA_BLOCK_OCTETS_MAX];
    size_t len = sizeof block;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool done = context && EVP_PKEY_encrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_encrypt(context, block, &len, key.data, key.len) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    if (done)
        der_put(out, DER_OCTET_STRING, (struct bytes){ block, len });
    return done || fail(err, ERR_INTERNAL, "EnvelopedData: cannot encrypt the content's key");
}

static bool put_recipient(const struct certificate *recipient, struct bytes key, struct buf *out,
                          struct error *err)
{
    struct der_mark set = der_begin(out, DER_SET);
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_small(out, RECIPIENT_VERSION);
    cms_put_issuer_and_serial(recipient, out);
    struct der_mark algorithm = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_RSA_ENCRYPTION));
    der_put_null(out);
    der_end(out, algorithm);
    if (!encrypt_key(recipient, key, out, err))
        return false;
    der_end(out, info);
    der_end(out, set);
    return true;
}

static bool put_encrypted(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv,
                          struct bytes content, uint8_t *out, size_t out_len)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    int end = 0;
    bool done = context && EVP_EncryptInit_ex2(context, cipher, key, iv, NULL) == 1 &&
                EVP_EncryptUpdate(context, out, &len, content.data, (int)content.len) == 1 &&
                EVP_EncryptFinal_ex(context, out + len, &end) == 1 &&
                (size_t)len + (size_t)end == out_len;
    EVP_CIPHER_CTX_free(context);
    return done;
}

static bool put_content(enum cms_cipher cipher, const uint8_t *key, struct bytes content,
                        struct buf *out, struct error *err)
{
    size_t block = cms_ciphers[cipher].block_octets;
    size_t len = content.len + block - content.len % block;
    uint8_t iv[CMS_BLOCK_OCTETS_MAX];
    random_fill(iv, block);
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_DATA));
    struct der_mark algorithm = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(cms_ciphers[cipher].oid));
    der_put(out, DER_OCTET_STRING, (struct bytes){ iv, block });
    der_end(out, algorithm);
    struct der_mark encrypted = der_begin(out, DER_CONTEXT(0));
    uint8_t *room = buf_extend(out, len);
    if (!room)
        return fail(err, ERR_TOO_LARGE, "EnvelopedData: too large");
    if (!put_encrypted(cms_cipher_evp(cipher), key, iv, content, room, len))
        return fail(err, ERR_INTERNAL, "EnvelopedData: cannot encrypt the content");
    der_end(out, encrypted);
    der_end(out, info);
    return true;
}

bool cms_parse_enveloped(struct bytes der, struct arena *arena, struct cms_enveloped *out,
                         struct error *err)
{
    struct der body;
    struct der recipients;
    int64_t version;
    *out = (struct cms_enveloped){ 0 };
    if (!cms_enter(der, OID_ENVELOPED_DATA, "EnvelopedData", &body, err))
        return false;
    if (!der_small(&body, &version))
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.1: no version");
    out->has_unread |= der_take(&body, DER_CONTEXT_CONSTRUCTED(0), NULL); /* originatorInfo */
    if (!der_enter(&body, DER_SET, &recipients))
        return fail(err, ERR_MALFORMED, "EnvelopedData: RFC 5652 §6.1: no recipientInfos");
    if (!parse_recipients(&recipients, out, err) || !parse_content(&body, arena, out, err))
        return false;
    out->has_unread |= der_take(&body, DER_CONTEXT_CONSTRUCTED(1), NULL); /* unprotectedAttrs */
    return der_end_of(&body, "EnvelopedData", err);
}

bool cms_decrypt(const struct cms_enveloped *enveloped, struct bytes key, struct buf *out,
                 size_t *padding, struct error *err)
{
    const EVP_CIPHER *cipher = cms_cipher_evp(enveloped->cipher);
    if (!cipher || key.len != cms_ciphers[enveloped->cipher].key_octets)
        return fail(err, ERR_INTERNAL, "EnvelopedData: the cipher is not there");
    size_t start = buf_len(out);
    uint8_t *plain = buf_extend(out, enveloped->content.len);
    if (!plain)
        return fail(err, ERR_TOO_LARGE, "EnvelopedData: too large");
    if (!run_cipher(enveloped, cipher, key, plain)) {
        buf_truncate(out, start);
        return fail(err, ERR_INTERNAL, "EnvelopedData: the cipher failed");
    }
    *padding = padding_of((struct bytes){ plain, enveloped->content.len },
                          cms_ciphers[enveloped->cipher].block_octets);
    return true;
}

bool cms_encrypt(const struct certificate *recipient, enum cms_cipher cipher, struct bytes content,
                 struct buf *out, struct error *err)
{
    uint8_t key[CMS_KEY_OCTETS_MAX];
    size_t len = cms_ciphers[cipher].key_octets;
    if (!cms_cipher_evp(cipher))
        return fail(err, ERR_INTERNAL, "EnvelopedData: the cipher is not there");
    random_fill(key, len);
    struct cms_frame frame = cms_begin(out, OID_ENVELOPED_DATA, ENVELOPED_VERSION);
    bool done = put_recipient(recipient, (struct bytes){ key, len }, out, err) &&
                put_content(cipher, key, content, out, err);
    bytes_wipe(key, sizeof key);
    if (done)
        cms_end(out, &frame);
    return done && (buf_ok(out) || fail(err, ERR_TOO_LARGE, "EnvelopedData: too large"));
}
