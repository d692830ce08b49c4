#include "auth/jose.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/algorithm.h"
#include "x509/der.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

enum { SIGNATURE_DER_OCTETS_MAX = 128, RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

static const struct row {
    const char *text;
    const char *key;   /* OpenSSL's name of its type */
    const char *group; /* likewise, for EC */
    enum digest digest;
    bool is_pss;
    size_t octets; /* of a signature; 0: as long as the key */
} rows[JOSE_COUNT] = {
    // clang-format off
    [JOSE_NONE]  = { NULL, NULL, NULL, DIGEST_NONE, false, 0 },
    [JOSE_RS256] = { "RS256", "RSA",     NULL,         DIGEST_SHA256, false, 0 },
    [JOSE_RS384] = { "RS384", "RSA",     NULL,         DIGEST_SHA384, false, 0 },
    [JOSE_RS512] = { "RS512", "RSA",     NULL,         DIGEST_SHA512, false, 0 },
    [JOSE_PS256] = { "PS256", "RSA",     NULL,         DIGEST_SHA256, true,  0 },
    [JOSE_ES256] = { "ES256", "EC",      "prime256v1", DIGEST_SHA256, false, 64 },
    [JOSE_ES384] = { "ES384", "EC",      "secp384r1",  DIGEST_SHA384, false, 96 },
    [JOSE_EDDSA] = { "EdDSA", "ED25519", NULL,         DIGEST_NONE,   false, 64 },
    // clang-format on
};

DEFINE_SCOPED(EVP_MD_CTX *, EVP_MD_CTX_free)

/* RFC 7518 §3.4: r and s bare, each half of it; EVP wants them as ECDSA-Sig-Value. */
static bool ecdsa_to_der(struct bytes raw, struct buf *out)
{
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    der_put_unsigned(out, (struct bytes){ raw.data, raw.len / 2 });
    der_put_unsigned(out, (struct bytes){ raw.data + raw.len / 2, raw.len / 2 });
    der_end(out, sequence);
    return buf_ok(out);
}

/* RFC 7518 §3.5: MGF1 with the same digest, a salt as long as the digest. */
static bool set_pss(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool verify(const struct row *row, EVP_PKEY *key, struct bytes message,
                   struct bytes signature)
{
    EVP_PKEY_CTX *key_context = NULL;
    SCOPED(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = row->digest ? digest_md(row->digest) : NULL;
    return context && EVP_DigestVerifyInit(context, &key_context, digest, NULL, key) == 1 &&
           (!row->is_pss || set_pss(key_context)) &&
           EVP_DigestVerify(context, signature.data, signature.len, message.data, message.len) == 1;
}

static bool takes(const struct row *row, const EVP_PKEY *key)
{
    char group[32];
    int bits = EVP_PKEY_get_bits(key);
    if (!row->key || !EVP_PKEY_is_a(key, row->key))
        return false;
    if (row->group)
        return EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
               text_equal(group, row->group);
    return !EVP_PKEY_is_a(key, "RSA") || (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX);
}

enum jose_algorithm jose_from_text(const char *text)
{
    for (enum jose_algorithm algorithm = JOSE_NONE + 1; algorithm < JOSE_COUNT; algorithm++)
        if (text_equal(rows[algorithm].text, text))
            return algorithm;
    return JOSE_NONE;
}

const char *jose_text(enum jose_algorithm algorithm)
{
    return rows[algorithm].text;
}

unsigned jose_algorithms_of(const EVP_PKEY *key)
{
    unsigned algorithms = 0;
    for (enum jose_algorithm algorithm = JOSE_NONE + 1; algorithm < JOSE_COUNT; algorithm++)
        if (takes(&rows[algorithm], key))
            algorithms |= JOSE_BIT(algorithm);
    return algorithms;
}

bool jose_verify(enum jose_algorithm algorithm, EVP_PKEY *key, struct bytes message,
                 struct bytes signature, struct error *err)
{
    const struct row *row = &rows[algorithm];
    SCOPED(buf_free) struct buf *der = buf_new(SIGNATURE_DER_OCTETS_MAX);
    size_t octets = row->octets ? row->octets : (size_t)EVP_PKEY_get_size(key);
    if (!takes(row, key))
        return fail(err, ERR_UNAUTHENTICATED, "token: alg is not one of the key's");
    if (signature.len != octets)
        return fail(err, ERR_UNAUTHENTICATED, "token: its signature is not the %zu octets of %s",
                    octets, row->text);
    if (EVP_PKEY_is_a(key, "EC") && ecdsa_to_der(signature, der))
        signature = buf_bytes(der);
    if (verify(row, key, message, signature))
        return true;
    ERR_clear_error();
    return fail(err, ERR_UNAUTHENTICATED, "token: its signature does not verify");
}
