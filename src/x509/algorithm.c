#include "x509/algorithm.h"

#include "base/text.h"
#include "x509/der.h"

#include <openssl/crypto.h>

struct digest_row {
    const char *fetch_name;
    enum oid oid;
    size_t octets;
    enum oid with_rsa;
    enum oid with_ecdsa;
};

struct key_type_row {
    const char *text;
    bool is_rsa;
    unsigned bits;
    enum digest digest;
    enum oid curve;
    const char *group;
};

/* clang-format off */
static const struct digest_row digests[DIGEST_COUNT] = {
    [DIGEST_SHA1]   = { "SHA1",   OID_SHA1,   20, OID_SHA1_WITH_RSA,   OID_ECDSA_WITH_SHA1 },
    [DIGEST_SHA256] = { "SHA256", OID_SHA256, 32, OID_SHA256_WITH_RSA, OID_ECDSA_WITH_SHA256 },
    [DIGEST_SHA384] = { "SHA384", OID_SHA384, 48, OID_SHA384_WITH_RSA, OID_ECDSA_WITH_SHA384 },
    [DIGEST_SHA512] = { "SHA512", OID_SHA512, 64, OID_SHA512_WITH_RSA, OID_ECDSA_WITH_SHA512 },
};

static const struct key_type_row key_types[KEY_TYPE_COUNT] = {
    [KEY_RSA_2048] = { "rsa2048", true,  2048, DIGEST_SHA256, OID_NONE, NULL },
    [KEY_RSA_3072] = { "rsa3072", true,  3072, DIGEST_SHA384, OID_NONE, NULL },
    [KEY_RSA_4096] = { "rsa4096", true,  4096, DIGEST_SHA512, OID_NONE, NULL },
    [KEY_P256]     = { "eCP256",  false, 256,  DIGEST_SHA256, OID_P256, "prime256v1" },
    [KEY_P256K]    = { "eCP256k", false, 256,  DIGEST_SHA256, OID_P256K, "secp256k1" },
    [KEY_P384]     = { "eCP384",  false, 384,  DIGEST_SHA384, OID_P384, "secp384r1" },
    [KEY_P521]     = { "eCP521",  false, 521,  DIGEST_SHA512, OID_P521, "secp521r1" },
};
/* clang-format on */

/* Written once under CRYPTO_THREAD_run_once, only read afterwards. */
static EVP_MD *fetched[DIGEST_COUNT];
static CRYPTO_ONCE fetch_once = CRYPTO_ONCE_STATIC_INIT;

static void fetch_digests(void)
{
    for (size_t i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++)
        fetched[i] = EVP_MD_fetch(NULL, digests[i].fetch_name, NULL);
}

const EVP_MD *digest_md(enum digest digest)
{
    CRYPTO_THREAD_run_once(&fetch_once, fetch_digests);
    return fetched[digest];
}

enum oid digest_oid(enum digest digest)
{
    return digests[digest].oid;
}

enum digest digest_from_oid(enum oid oid)
{
    for (size_t i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++)
        if (digests[i].oid == oid)
            return (enum digest)i;
    return DIGEST_NONE;
}

size_t digest_octets(enum digest digest)
{
    return digests[digest].octets;
}

bool digest_of(enum digest digest, struct bytes data, uint8_t out[DIGEST_OCTETS_MAX])
{
    const EVP_MD *md = digest_md(digest);
    return md && EVP_Digest(data.data, data.len, out, NULL, md, NULL) == 1;
}

bool key_type_is_rsa(enum key_type type)
{
    return key_types[type].is_rsa;
}

unsigned key_type_bits(enum key_type type)
{
    return key_types[type].bits;
}

const char *key_type_text(enum key_type type)
{
    return key_types[type].text;
}

enum key_type key_type_from_text(const char *text)
{
    for (size_t i = KEY_TYPE_NONE + 1; i < KEY_TYPE_COUNT; i++)
        if (text_equal(text, key_types[i].text))
            return (enum key_type)i;
    return KEY_TYPE_NONE;
}

enum digest key_type_digest(enum key_type type)
{
    return key_types[type].digest;
}

enum oid key_type_curve(enum key_type type)
{
    return key_types[type].curve;
}

enum key_type key_type_from_curve(enum oid curve)
{
    for (size_t i = KEY_TYPE_NONE + 1; i < KEY_TYPE_COUNT && curve; i++)
        if (key_types[i].curve == curve)
            return (enum key_type)i;
    return KEY_TYPE_NONE;
}

const char *key_type_group(enum key_type type)
{
    return key_types[type].group;
}

enum key_type key_type_of_rsa_bits(unsigned bits)
{
    for (size_t i = KEY_TYPE_NONE + 1; i < KEY_TYPE_COUNT; i++)
        if (key_types[i].is_rsa && key_types[i].bits == bits)
            return (enum key_type)i;
    return KEY_TYPE_NONE;
}

bool algorithm_is_identifier(struct bytes der)
{
    struct der whole = der_of(der);
    struct der inside;
    struct bytes oid;
    return der_enter(&whole, DER_SEQUENCE, &inside) && der_at_end(&whole) &&
           der_oid(&inside, &oid) && (der_at_end(&inside) || der_any(&inside, NULL, NULL, NULL)) &&
           der_at_end(&inside);
}

/* RFC 4055 §5: NULL for RSA; RFC 5758 §3.2: nothing for ECDSA. */
void signature_algorithm_put(enum key_type type, enum digest digest, struct buf *out)
{
    bool is_rsa = key_types[type].is_rsa;
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(is_rsa ? digests[digest].with_rsa : digests[digest].with_ecdsa));
    if (is_rsa)
        der_put_null(out);
    der_end(out, sequence);
}
