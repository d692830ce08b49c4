#include "x509/spki.h"

#include "base/error.h"
#include "x509/der.h"
#include "x509/rsa_check.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

enum {
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    RSA_MODULUS_OCTETS_MAX = RSA_BITS_MAX / 8,
    RSA_EXPONENT_OCTETS_MAX = 8,
    POINT_UNCOMPRESSED = 0x04,
    POINT_COMPRESSED_EVEN = 0x02,
    POINT_COMPRESSED_ODD = 0x03,
    POINT_OCTETS_MAX = 133, /* P-521 */
};

enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS }; /* NONE: ECDSA */

struct scheme {
    enum padding padding;
    enum digest digest;
    int salt_octets;
};

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_SCOPED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* clang-format off */
static const struct scheme_row {
    enum oid oid;
    struct scheme scheme;
} schemes[] = {
    { OID_SHA256_WITH_RSA,   { PADDING_PKCS1, DIGEST_SHA256, 0 } },
    { OID_SHA384_WITH_RSA,   { PADDING_PKCS1, DIGEST_SHA384, 0 } },
    { OID_SHA512_WITH_RSA,   { PADDING_PKCS1, DIGEST_SHA512, 0 } },
    { OID_ECDSA_WITH_SHA256, { PADDING_NONE,  DIGEST_SHA256, 0 } },
    { OID_ECDSA_WITH_SHA384, { PADDING_NONE,  DIGEST_SHA384, 0 } },
    { OID_ECDSA_WITH_SHA512, { PADDING_NONE,  DIGEST_SHA512, 0 } },
};
/* clang-format on */

static unsigned bits_of(struct bytes number)
{
    if (number.len == 0 || number.data[0] == 0)
        return 0;
    unsigned bits = (unsigned)number.len * 8;
    for (uint8_t first = number.data[0]; !(first & 0x80); first = (uint8_t)(first << 1))
        bits--;
    return bits;
}

/* RFC 3279 §2.3.1: parameters NULL, RSAPublicKey in the BIT STRING. */
static bool parse_rsa(struct der *parameters, struct spki *out, struct error *err)
{
    struct der key = der_of(out->key);
    struct der inside;
    if (!der_null(parameters) || !der_at_end(parameters))
        return fail(err, ERR_MALFORMED, "spki: RFC 3279 §2.3.1: RSA parameters are not NULL");
    if (!der_enter(&key, DER_SEQUENCE, &inside) || !der_at_end(&key) ||
        !der_unsigned(&inside, &out->modulus) || !der_unsigned(&inside, &out->exponent) ||
        !der_at_end(&inside))
        return fail(err, ERR_MALFORMED, "spki: RFC 3279 §2.3.1: not an RSAPublicKey");
    out->is_rsa = true;
    out->bits = bits_of(out->modulus);
    out->type = key_type_of_rsa_bits(out->bits);
    return true;
}

static bool is_point(struct bytes point, size_t field_octets)
{
    if (point.len == 1 + 2 * field_octets)
        return point.data[0] == POINT_UNCOMPRESSED;
    return point.len == 1 + field_octets &&
           (point.data[0] == POINT_COMPRESSED_EVEN || point.data[0] == POINT_COMPRESSED_ODD);
}

/* RFC 5480 §2.1.1, §2.2. A curve that we do not offer, or explicit parameters, leave the type
 * KEY_TYPE_NONE: the form is right and spki_check says no. */
static bool parse_ec(struct der *parameters, struct spki *out, struct error *err)
{
    struct bytes curve = BYTES_NONE;
    out->point = out->key;
    if (!der_oid(parameters, &curve) && !der_take(parameters, DER_SEQUENCE, NULL))
        return fail(err, ERR_MALFORMED, "spki: RFC 5480 §2.1.1: EC parameters are missing");
    if (!der_end_of(parameters, "spki: EC parameters", err))
        return false;
    out->type = key_type_from_curve(oid_find(curve));
    out->bits = key_type_bits(out->type);
    if (out->type && !is_point(out->point, (out->bits + 7) / 8))
        return fail(err, ERR_MALFORMED, "spki: RFC 5480 §2.2: not a point of %s",
                    key_type_group(out->type));
    return true;
}

static bool parse_key(struct der *algorithm, struct spki *out, struct error *err)
{
    struct bytes oid;
    if (!der_oid(algorithm, &oid))
        return fail(err, ERR_MALFORMED, "spki: RFC 5280 §4.1.1.2: not an AlgorithmIdentifier");
    enum oid id = oid_find(oid);
    if (id == OID_RSA_ENCRYPTION)
        return parse_rsa(algorithm, out, err);
    if (id == OID_EC_PUBLIC_KEY)
        return parse_ec(algorithm, out, err);
    if (!der_at_end(algorithm) && !der_any(algorithm, NULL, NULL, NULL))
        return fail(err, ERR_MALFORMED, "spki: RFC 5280 §4.1.1.2: not an AlgorithmIdentifier");
    return der_end_of(algorithm, "spki: algorithm", err);
}

static bool check_rsa(const struct spki *spki, struct error *err)
{
    if (spki->bits < RSA_BITS_MIN || spki->bits > RSA_BITS_MAX)
        return fail(err, ERR_WEAK_ALGORITHM, "key: RSA of %u bits, %d to %d are accepted",
                    spki->bits, RSA_BITS_MIN, RSA_BITS_MAX);
    struct bytes e = spki->exponent;
    if (e.len > RSA_EXPONENT_OCTETS_MAX || !(e.data[e.len - 1] & 1) || bits_of(e) < 2)
        return fail(err, ERR_WEAK_ALGORITHM,
                    "key: the RSA exponent must be odd, at least 3 and below 2^64");
    if (!(spki->modulus.data[spki->modulus.len - 1] & 1))
        return fail(err, ERR_WEAK_ALGORITHM, "key: the RSA modulus is even");
    const char *weakness = rsa_weakness(spki->modulus);
    if (weakness)
        return fail(err, ERR_WEAK_ALGORITHM, "key: the RSA modulus %s", weakness);
    return true;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    SCOPED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    if (!key)
        ERR_clear_error(); /* or the next TLS read would take it for its own */
    return key;
}

/* OSSL_PARAM wants integers in the machine's order; ours come big-endian. */
static OSSL_PARAM number_param(const char *name, struct bytes number, uint8_t *room)
{
    const uint16_t one = 1;
    bool is_little = *(const uint8_t *)&one == 1;
    for (size_t i = 0; i < number.len; i++)
        room[i] = number.data[is_little ? number.len - 1 - i : i];
    return OSSL_PARAM_construct_BN(name, room, number.len);
}

/* The bounds are those of OpenSSL's own work, not of policy: spki_check is for that. */
static EVP_PKEY *rsa_to_pkey(const struct spki *spki, struct error *err)
{
    uint8_t modulus[RSA_MODULUS_OCTETS_MAX];
    uint8_t exponent[RSA_EXPONENT_OCTETS_MAX];
    if (spki->modulus.len > sizeof modulus || spki->exponent.len > sizeof exponent)
        return fail_null(err, ERR_WEAK_ALGORITHM,
                         "key: RSA modulus over %d bits or exponent over 64", RSA_BITS_MAX);
    OSSL_PARAM params[] = {
        number_param(OSSL_PKEY_PARAM_RSA_N, spki->modulus, modulus),
        number_param(OSSL_PKEY_PARAM_RSA_E, spki->exponent, exponent),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = from_params("RSA", params);
    return key ? key : fail_null(err, ERR_MALFORMED, "key: not an RSA public key");
}

static EVP_PKEY *ec_to_pkey(const struct spki *spki, struct error *err)
{
    char group[16] = { 0 };
    uint8_t point[POINT_OCTETS_MAX];
    strncpy(group, key_type_group(spki->type), sizeof group - 1);
    memcpy(point, spki->point.data, spki->point.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, spki->point.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = from_params("EC", params);
    return key ? key : fail_null(err, ERR_MALFORMED, "key: the point is not on %s", group);
}

/* HashAlgorithm: NULL parameters or none mean the same, RFC 4055 §2.1. */
static bool read_hash(struct der *der, enum digest *out)
{
    struct der inside;
    struct bytes oid;
    if (!der_enter(der, DER_SEQUENCE, &inside) || !der_oid(&inside, &oid))
        return false;
    der_null(&inside);
    *out = digest_from_oid(oid_find(oid));
    return der_at_end(&inside);
}

static bool read_mgf(struct der *der, enum digest *out)
{
    struct der inside;
    struct bytes oid;
    return der_enter(der, DER_SEQUENCE, &inside) && der_oid(&inside, &oid) &&
           oid_find(oid) == OID_MGF1 && read_hash(&inside, out) && der_at_end(&inside);
}

/* RFC 4055 §3.1. The defaults are SHA-1, which we refuse, so hash and mask must be there. */
static bool read_pss(struct der *parameters, struct scheme *out)
{
    struct der pss;
    struct der field;
    enum digest mask = DIGEST_NONE;
    int64_t salt = 20;
    int64_t trailer = 1;
    if (!der_enter(parameters, DER_SEQUENCE, &pss) ||
        !der_enter(&pss, DER_CONTEXT_CONSTRUCTED(0), &field) || !read_hash(&field, &out->digest) ||
        !der_at_end(&field) || !der_enter(&pss, DER_CONTEXT_CONSTRUCTED(1), &field) ||
        !read_mgf(&field, &mask) || !der_at_end(&field))
        return false;
    if (der_enter(&pss, DER_CONTEXT_CONSTRUCTED(2), &field) &&
        (!der_small(&field, &salt) || !der_at_end(&field)))
        return false;
    if (der_enter(&pss, DER_CONTEXT_CONSTRUCTED(3), &field) &&
        (!der_small(&field, &trailer) || !der_at_end(&field)))
        return false;
    out->padding = PADDING_PSS;
    out->salt_octets = (int)salt;
    return der_at_end(&pss) && mask == out->digest && salt >= 0 && salt <= RSA_MODULUS_OCTETS_MAX &&
           trailer == 1;
}

static bool find_scheme(enum oid oid, struct scheme *out)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (schemes[i].oid == oid) {
            *out = schemes[i].scheme;
            return true;
        }
    }
    return false;
}

/* RFC 4055 §5: absent parameters are read as NULL. RFC 5758 §3.2: ECDSA has none. */
static bool read_scheme(struct bytes algorithm, struct scheme *out, struct error *err)
{
    struct der whole = der_of(algorithm);
    struct der inside;
    struct bytes oid;
    if (!der_enter(&whole, DER_SEQUENCE, &inside) || !der_at_end(&whole) || !der_oid(&inside, &oid))
        return fail(err, ERR_MALFORMED, "signature: not an AlgorithmIdentifier");
    enum oid id = oid_find(oid);
    bool is_known = id == OID_RSA_PSS ? read_pss(&inside, out) : find_scheme(id, out);
    if (!is_known || out->digest <= DIGEST_SHA1)
        return fail(err, ERR_WEAK_ALGORITHM, "signature: %s is not an algorithm that we accept",
                    id && oid_name(id) ? oid_name(id) : "this");
    if (out->padding == PADDING_PKCS1)
        der_null(&inside);
    return der_end_of(&inside, "signature: parameters", err);
}

static bool set_padding(EVP_PKEY_CTX *context, const struct scheme *scheme)
{
    if (scheme->padding != PADDING_PSS)
        return true; /* PKCS #1 v1.5 is the provider's default */
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_md(scheme->digest)) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, scheme->salt_octets) == 1;
}

static bool verify_digest(const struct spki *spki, const struct scheme *scheme, struct bytes digest,
                          struct bytes signature, struct error *err)
{
    if (spki->is_rsa != (scheme->padding != PADDING_NONE))
        return fail(err, ERR_BAD_SIGNATURE, "signature: the algorithm does not fit the key");
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = spki_to_pkey(spki, err);
    if (!key)
        return false;
    SCOPED(EVP_PKEY_CTX_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context && EVP_PKEY_verify_init(context) == 1 && set_padding(context, scheme) &&
        EVP_PKEY_CTX_set_signature_md(context, digest_md(scheme->digest)) == 1 &&
        EVP_PKEY_verify(context, signature.data, signature.len, digest.data, digest.len) == 1)
        return true;
    ERR_clear_error();
    return fail(err, ERR_BAD_SIGNATURE, "signature: does not verify");
}

bool spki_parse(struct bytes der, struct spki *out, struct error *err)
{
    struct der whole = der_of(der);
    struct der inside;
    struct der algorithm;
    *out = (struct spki){ .der = der };
    if (der.len > SPKI_OCTETS_MAX)
        return fail(err, ERR_MALFORMED, "spki: more than %d octets", SPKI_OCTETS_MAX);
    if (!der_enter(&whole, DER_SEQUENCE, &inside) ||
        !der_enter(&inside, DER_SEQUENCE, &algorithm) || !der_bits(&inside, &out->key))
        return fail(err, ERR_MALFORMED, "spki: RFC 5280 §4.1: not a SubjectPublicKeyInfo");
    return der_end_of(&inside, "spki", err) && der_end_of(&whole, "spki", err) &&
           parse_key(&algorithm, out, err);
}

bool spki_check(const struct spki *spki, struct error *err)
{
    if (spki->is_checked)
        return true;
    if (spki->is_rsa)
        return check_rsa(spki, err);
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = spki_to_pkey(spki, err);
    return key != NULL;
}

EVP_PKEY *spki_to_pkey(const struct spki *spki, struct error *err)
{
    if (spki->decoded && EVP_PKEY_up_ref(spki->decoded))
        return spki->decoded;
    if (spki->is_rsa)
        return rsa_to_pkey(spki, err);
    if (!spki->type)
        return fail_null(err, ERR_WEAK_ALGORITHM,
                         "key: an algorithm or curve that we do not offer, or an unnamed one");
    return ec_to_pkey(spki, err);
}

void spki_hold(struct spki *spki)
{
    struct error ignored = { .code = ERR_NONE };
    if (!spki->decoded)
        spki->decoded = spki_to_pkey(spki, &ignored);
}

void spki_release(struct spki *spki)
{
    EVP_PKEY_free(TAKE(spki->decoded));
}

void spki_borrow(struct spki *spki, const struct spki *other)
{
    if (!bytes_equal(spki->der, other->der))
        return;
    spki->is_checked = other->is_checked;
    spki->decoded = other->decoded;
}

bool spki_is_same_key(const struct spki *a, const struct spki *b)
{
    return a->is_rsa == b->is_rsa && a->type == b->type && bytes_equal(a->key, b->key);
}

void spki_key_identifier(const struct spki *spki, uint8_t out[KEY_IDENTIFIER_OCTETS])
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    digest_of(DIGEST_SHA1, spki->key, digest);
    memcpy(out, digest, KEY_IDENTIFIER_OCTETS);
}

bool spki_check_algorithm(struct bytes algorithm, struct error *err)
{
    struct scheme scheme;
    return read_scheme(algorithm, &scheme, err);
}

bool spki_verify(const struct spki *spki, struct bytes algorithm, struct bytes message,
                 struct bytes signature, struct error *err)
{
    struct scheme scheme;
    uint8_t digest[DIGEST_OCTETS_MAX];
    if (!read_scheme(algorithm, &scheme, err))
        return false;
    if (!digest_of(scheme.digest, message, digest))
        return fail(err, ERR_INTERNAL, "signature: the digest failed");
    return verify_digest(spki, &scheme, (struct bytes){ digest, digest_octets(scheme.digest) },
                         signature, err);
}

bool spki_verify_digest(const struct spki *spki, enum digest digest, struct bytes octets,
                        struct bytes signature, struct error *err)
{
    struct scheme scheme = { spki->is_rsa ? PADDING_PKCS1 : PADDING_NONE, digest, 0 };
    return verify_digest(spki, &scheme, octets, signature, err);
}
