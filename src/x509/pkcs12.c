#include "x509/pkcs12.h"

#include "base/error.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

DEFINE_SCOPED(PKCS12 *, PKCS12_free)
DEFINE_SCOPED(X509 *, X509_free)
DEFINE_SCOPED(OSSL_LIB_CTX *, OSSL_LIB_CTX_free)
DEFINE_SCOPED(OSSL_PROVIDER *, OSSL_PROVIDER_unload)

/* The MAC's iterations are in the clear, and cost whoever checks it. What is within costs only
 * after the MAC has told that the password is right. */
static bool check_iterations(const PKCS12 *file, struct error *err)
{
    const ASN1_INTEGER *iterations = NULL;
    if (!PKCS12_mac_present(file))
        return fail(err, ERR_INVALID, "PKCS #12: it has no MAC");
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
    return !iterations || ASN1_INTEGER_get(iterations) <= PKCS12_ITERATIONS_MAX ||
           fail(err, ERR_INVALID, "PKCS #12: more than %d iterations", PKCS12_ITERATIONS_MAX);
}

static bool parse(PKCS12 *file, const char *password, struct pkcs12 *out, struct error *err)
{
    SCOPED(X509_free) X509 *certificate = NULL;
    if (!check_iterations(file, err))
        return false;
    bool is_open = PKCS12_parse(file, password, &out->key, &certificate, NULL) == 1;
    bool is_wrong = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE;
    ERR_clear_error();
    if (!is_open)
        return fail(err, ERR_INVALID,
                    is_wrong ? "PKCS #12: the password does not open it"
                             : "PKCS #12: it cannot be opened with this password");
    if (!out->key || !certificate || X509_check_private_key(certificate, out->key) != 1)
        return fail(err, ERR_INVALID, "PKCS #12: it holds no certificate with its private key");
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (len <= 0)
        return fail(err, ERR_INTERNAL, "PKCS #12: the certificate cannot be encoded");
    out->certificate = buf_new(PKCS12_OCTETS_MAX);
    buf_add(out->certificate, (struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return true;
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
    return parse(file, password ? password : "", out, err);
}

void pkcs12_clear(struct pkcs12 *pkcs12)
{
    buf_free(pkcs12->certificate);
    EVP_PKEY_free(pkcs12->key);
    *pkcs12 = (struct pkcs12){ .key = NULL };
}
