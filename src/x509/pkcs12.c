#include "x509/pkcs12.h"

#include "base/error.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

static void authsafes_free(STACK_OF(PKCS7) * safes)
{
    ASN1_item_free((ASN1_VALUE *)safes, ASN1_ITEM_rptr(PKCS12_AUTHSAFES));
}

static void bags_free(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static void certificates_free(STACK_OF(X509) * certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}

DEFINE_SCOPED(PKCS12 *, PKCS12_free)
DEFINE_SCOPED(PBE2PARAM *, PBE2PARAM_free)
DEFINE_SCOPED(PBEPARAM *, PBEPARAM_free)
DEFINE_SCOPED(PBKDF2PARAM *, PBKDF2PARAM_free)
DEFINE_SCOPED(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free)
DEFINE_SCOPED(OSSL_LIB_CTX *, OSSL_LIB_CTX_free)
DEFINE_SCOPED(OSSL_PROVIDER *, OSSL_PROVIDER_unload)
DEFINE_SCOPED(STACK_OF(PKCS7) *, authsafes_free)
DEFINE_SCOPED(STACK_OF(PKCS12_SAFEBAG) *, bags_free)
DEFINE_SCOPED(STACK_OF(X509) *, certificates_free)

struct opening {
    OSSL_LIB_CTX *library;
    const char *password;
    int64_t iterations; /* that may still be spent */
    EVP_PKEY *key;
    STACK_OF(X509) * certificates;
};

/* ---- what deriving a key costs: whoever made the file chose it, and knows the password ---- */

static bool spend(struct opening *opening, const ASN1_INTEGER *iterations, struct error *err)
{
    int64_t count = 1; /* DEFAULT in the MAC, RFC 7292 §4 */
    bool is_number = !iterations || ASN1_INTEGER_get_int64(&count, iterations) == 1;
    if (!is_number || count < 1 || count > opening->iterations)
        return fail(err, ERR_INVALID, "PKCS #12: more than %d iterations", PKCS12_ITERATIONS_MAX);
    opening->iterations -= count;
    return true;
}

/* PBKDF2 only: scrypt, RFC 7914, has three numbers and takes memory by them. */
static bool spend_on_pbes2(struct opening *opening, const ASN1_TYPE *value, struct error *err)
{
    SCOPED(PBE2PARAM_free)
    PBE2PARAM *outer = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), value);
    SCOPED(PBKDF2PARAM_free) PBKDF2PARAM *inner = NULL;
    if (outer && OBJ_obj2nid(outer->keyfunc->algorithm) == NID_id_pbkdf2)
        inner = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), outer->keyfunc->parameter);
    return inner ? spend(opening, inner->iter, err)
                 : fail(err, ERR_INVALID,
                        "PKCS #12: a way to derive keys, other than by PBKDF2's "
                        "iterations");
}

static bool spend_on(struct opening *opening, const X509_ALGOR *algorithm, struct error *err)
{
    const ASN1_TYPE *value = algorithm->parameter;
    if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
        return spend_on_pbes2(opening, value, err);
    SCOPED(PBEPARAM_free)
    PBEPARAM *inner = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), value);
    return inner ? spend(opening, inner->iter, err)
                 : fail(err, ERR_INVALID, "PKCS #12: an encryption without iterations");
}

static bool check_mac(struct opening *opening, PKCS12 *file, struct error *err)
{
    const ASN1_INTEGER *iterations = NULL;
    if (!PKCS12_mac_present(file))
        return fail(err, ERR_INVALID, "PKCS #12: it has no MAC");
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
    if (!spend(opening, iterations, err))
        return false;
    if (PKCS12_verify_mac(file, opening->password, -1) == 1)
        return true;
    /* No password is no octets to some, and to others a BMPString without a letter. */
    if (!*opening->password && PKCS12_verify_mac(file, NULL, 0) == 1) {
        opening->password = NULL;
        return true;
    }
    return fail(err, ERR_INVALID, "PKCS #12: the password does not open it");
}

/* ---- what is within ---- */

static bool cannot_open(struct error *err)
{
    return fail(err, ERR_INVALID, "PKCS #12: it cannot be opened with this password");
}

static bool take_sealed_key(struct opening *opening, const PKCS12_SAFEBAG *bag, struct error *err)
{
    const X509_ALGOR *algorithm;
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    if (!spend_on(opening, algorithm, err))
        return false;
    SCOPED(PKCS8_PRIV_KEY_INFO_free)
    PKCS8_PRIV_KEY_INFO *plain =
        PKCS12_decrypt_skey_ex(bag, opening->password, -1, opening->library, NULL);
    if (plain && !opening->key)
        opening->key = EVP_PKCS82PKEY_ex(plain, opening->library, NULL);
    return (plain && opening->key) || cannot_open(err);
}

static bool take_certificate(struct opening *opening, const PKCS12_SAFEBAG *bag)
{
    X509 *certificate = PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate
                            ? PKCS12_SAFEBAG_get1_cert(bag)
                            : NULL;
    return !certificate || sk_X509_push(opening->certificates, certificate) > 0;
}

/* Bags of other kinds, of bags too, are passed over. */
static bool take_bag(struct opening *opening, const PKCS12_SAFEBAG *bag, struct error *err)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        if (!opening->key)
            opening->key =
                EVP_PKCS82PKEY_ex(PKCS12_SAFEBAG_get0_p8inf(bag), opening->library, NULL);
        return opening->key || cannot_open(err);
    case NID_pkcs8ShroudedKeyBag:
        return take_sealed_key(opening, bag, err);
    case NID_certBag:
        return take_certificate(opening, bag) || cannot_open(err);
    default:
        return true;
    }
}

static bool take_bags(struct opening *opening, const STACK_OF(PKCS12_SAFEBAG) * bags,
                      struct error *err)
{
    if (!bags)
        return cannot_open(err);
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
        if (!take_bag(opening, sk_PKCS12_SAFEBAG_value(bags, i), err))
            return false;
    return true;
}

static bool take_safe(struct opening *opening, PKCS7 *safe, struct error *err)
{
    SCOPED(bags_free) STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    int kind = OBJ_obj2nid(safe->type);
    if (kind == NID_pkcs7_encrypted) {
        if (!safe->d.encrypted)
            return cannot_open(err);
        if (!spend_on(opening, safe->d.encrypted->enc_data->algorithm, err))
            return false;
        bags = PKCS12_unpack_p7encdata(safe, opening->password, -1);
        return take_bags(opening, bags, err);
    }
    if (kind != NID_pkcs7_data)
        return true;
    bags = PKCS12_unpack_p7data(safe);
    return take_bags(opening, bags, err);
}

static bool take_safes(struct opening *opening, PKCS12 *file, struct error *err)
{
    SCOPED(authsafes_free) STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(file);
    if (!safes)
        return fail(err, ERR_MALFORMED, "it is no PKCS #12 file");
    for (int i = 0; i < sk_PKCS7_num(safes); i++)
        if (!take_safe(opening, sk_PKCS7_value(safes, i), err))
            return false;
    return true;
}

static X509 *find_certificate(const struct opening *opening)
{
    for (int i = 0; opening->key && i < sk_X509_num(opening->certificates); i++)
        if (X509_check_private_key(sk_X509_value(opening->certificates, i), opening->key) == 1)
            return sk_X509_value(opening->certificates, i);
    return NULL;
}

static bool give_certificate(const struct opening *opening, struct pkcs12 *out, struct error *err)
{
    uint8_t *der = NULL;
    X509 *certificate = find_certificate(opening);
    if (!certificate)
        return fail(err, ERR_INVALID, "PKCS #12: it holds no certificate with its private key");
    int len = i2d_X509(certificate, &der);
    if (len <= 0)
        return fail(err, ERR_INTERNAL, "PKCS #12: the certificate cannot be encoded");
    out->certificate = buf_new(PKCS12_OCTETS_MAX);
    buf_add(out->certificate, (struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return true;
}

static bool parse(PKCS12 *file, struct opening *opening, struct pkcs12 *out, struct error *err)
{
    SCOPED(certificates_free) STACK_OF(X509) *certificates = sk_X509_new_null();
    opening->certificates = certificates;
    bool is_good = check_mac(opening, file, err) && take_safes(opening, file, err) &&
                   give_certificate(opening, out, err);
    out->key = opening->key;
    ERR_clear_error();
    return is_good;
}

bool pkcs12_open(struct bytes der, const char *password, struct pkcs12 *out, struct error *err)
{
    *out = (struct pkcs12){ .key = NULL };
    if (der.len == 0 || der.len > PKCS12_OCTETS_MAX)
        return fail(err, ERR_MALFORMED, "PKCS #12: it has from 1 to %d octets", PKCS12_OCTETS_MAX);
    SCOPED(OSSL_LIB_CTX_free) OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    SCOPED(OSSL_PROVIDER_unload) OSSL_PROVIDER *usual = OSSL_PROVIDER_load(library, "default");
    SCOPED(OSSL_PROVIDER_unload)
    UNUSED OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(library, "legacy");
    SCOPED(PKCS12_free) PKCS12 *file = PKCS12_init_ex(NID_pkcs7_data, library, NULL);
    const uint8_t *at = der.data;
    bool is_read = library && usual && file && d2i_PKCS12(&file, &at, (long)der.len) &&
                   at == der.data + der.len;
    ERR_clear_error();
    if (!is_read)
        return fail(err, ERR_MALFORMED, "it is no PKCS #12 file");
    struct opening opening = { .library = library,
                               .password = password ? password : "",
                               .iterations = PKCS12_ITERATIONS_MAX };
    return parse(file, &opening, out, err);
}

void pkcs12_clear(struct pkcs12 *pkcs12)
{
    buf_free(pkcs12->certificate);
    EVP_PKEY_free(pkcs12->key);
    *pkcs12 = (struct pkcs12){ .key = NULL };
}
