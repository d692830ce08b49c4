#include "base/error.h"
#include "x509/cms_inside.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

/* clang-format off */
const struct cms_cipher_row cms_ciphers[CMS_CIPHER_COUNT] = {
    [CMS_AES128_CBC] = { "AES-128-CBC",  OID_AES128_CBC, 16, 16, false },
    [CMS_AES192_CBC] = { "AES-192-CBC",  OID_AES192_CBC, 24, 16, false },
    [CMS_AES256_CBC] = { "AES-256-CBC",  OID_AES256_CBC, 32, 16, false },
    [CMS_DES3_CBC]   = { "DES-EDE3-CBC", OID_DES3_CBC,   24,  8, false },
    [CMS_DES_CBC]    = { "DES-CBC",      OID_DES_CBC,     8,  8, true },
};
/* clang-format on */

/* Each written once under its CRYPTO_ONCE and only read afterwards. The legacy provider gets a
 * library context of its own, so that nothing else can reach what it offers. */
static EVP_CIPHER *fetched[CMS_CIPHER_COUNT];
static OSSL_LIB_CTX *legacy;
static CRYPTO_ONCE current_once = CRYPTO_ONCE_STATIC_INIT;
static CRYPTO_ONCE legacy_once = CRYPTO_ONCE_STATIC_INIT;

static void fetch_from(OSSL_LIB_CTX *library, bool is_legacy)
{
    for (size_t i = CMS_CIPHER_NONE + 1; i < CMS_CIPHER_COUNT; i++)
        if (cms_ciphers[i].is_legacy == is_legacy)
            fetched[i] = EVP_CIPHER_fetch(library, cms_ciphers[i].fetch_name, NULL);
}

static void fetch_current(void)
{
    fetch_from(NULL, false);
}

static void fetch_legacy(void)
{
    legacy = OSSL_LIB_CTX_new();
    if (legacy && OSSL_PROVIDER_load(legacy, "legacy"))
        fetch_from(legacy, true);
}

const EVP_CIPHER *cms_cipher_evp(enum cms_cipher cipher)
{
    if (cms_ciphers[cipher].is_legacy)
        CRYPTO_THREAD_run_once(&legacy_once, fetch_legacy);
    else
        CRYPTO_THREAD_run_once(&current_once, fetch_current);
    return fetched[cipher];
}

size_t cms_cipher_key_octets(enum cms_cipher cipher)
{
    return cms_ciphers[cipher].key_octets;
}

bool cms_cipher_is_legacy(enum cms_cipher cipher)
{
    return cms_ciphers[cipher].is_legacy;
}

bool cms_legacy_available(struct error *err)
{
    return cms_cipher_evp(CMS_DES_CBC) ||
           fail(err, ERR_NOT_SUPPORTED,
                "single DES needs OpenSSL's legacy provider, which is not installed here");
}
