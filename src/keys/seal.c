#include "keys/seal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, KEY_OCTETS = 32, NONCE_OCTETS = 12, TAG_OCTETS = 16 };

struct seal {
    uint8_t seal_keys[2][KEY_OCTETS]; /* by enum seal_use */
    uint8_t mac_key[KEY_OCTETS];
    EVP_CIPHER *cipher;
    EVP_MAC *hmac;
};

DEFINE_SCOPED(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DEFINE_SCOPED(EVP_MAC_CTX *, EVP_MAC_CTX_free)
DEFINE_SCOPED(EVP_KDF *, EVP_KDF_free)
DEFINE_SCOPED(EVP_KDF_CTX *, EVP_KDF_CTX_free)

/* OpenSSL takes parameters that it only reads through pointers that are not const. */
static OSSL_PARAM octets_param(const char *name, struct bytes octets)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)octets.data, octets.len);
}

static OSSL_PARAM text_param(const char *name, char *text)
{
    return OSSL_PARAM_construct_utf8_string(name, text, 0);
}

static bool derive(struct bytes master_key, const char *label, uint8_t out[KEY_OCTETS])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = { text_param(OSSL_KDF_PARAM_DIGEST, digest),
                            octets_param(OSSL_KDF_PARAM_KEY, master_key),
                            octets_param(OSSL_KDF_PARAM_INFO, bytes_of_text(label)),
                            OSSL_PARAM_construct_end() };
    SCOPED(EVP_KDF_free) EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    SCOPED(EVP_KDF_CTX_free) EVP_KDF_CTX *context = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
    return context && EVP_KDF_derive(context, out, KEY_OCTETS, params) == 1;
}

/* The length of one call of EVP is an int. */
static bool fits_int(struct bytes bytes)
{
    return bytes.len <= INT_MAX / 2;
}

static bool add_context(EVP_CIPHER_CTX *cipher, struct bytes context)
{
    int len;
    return fits_int(context) &&
           EVP_CipherUpdate(cipher, NULL, &len, context.data, (int)context.len) == 1;
}

static bool run_cipher(EVP_CIPHER_CTX *cipher, struct bytes in, uint8_t *out)
{
    int len;
    return fits_int(in) &&
           (in.len == 0 || EVP_CipherUpdate(cipher, out, &len, in.data, (int)in.len) == 1);
}

static bool encrypt(const struct seal *seal, enum seal_use use, struct bytes context,
                    struct bytes plain, uint8_t *out)
{
    uint8_t *nonce = out + 1;
    uint8_t *text = nonce + NONCE_OCTETS;
    uint8_t *tag = text + plain.len;
    int len;
    out[0] = VERSION;
    random_fill(nonce, NONCE_OCTETS);
    SCOPED(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    return cipher &&
           EVP_EncryptInit_ex2(cipher, seal->cipher, seal->seal_keys[use], nonce, NULL) == 1 &&
           add_context(cipher, context) && run_cipher(cipher, plain, text) &&
           EVP_EncryptFinal_ex(cipher, tag, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, tag) == 1;
}

static bool decrypt(const struct seal *seal, enum seal_use use, struct bytes context,
                    struct bytes sealed, uint8_t *out)
{
    const uint8_t *nonce = sealed.data + 1;
    struct bytes text = { nonce + NONCE_OCTETS, sealed.len - SEAL_OVERHEAD_OCTETS };
    uint8_t tag[TAG_OCTETS];
    int len;
    memcpy(tag, text.data + text.len, sizeof tag);
    SCOPED(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    return cipher &&
           EVP_DecryptInit_ex2(cipher, seal->cipher, seal->seal_keys[use], nonce, NULL) == 1 &&
           add_context(cipher, context) && run_cipher(cipher, text, out) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_OCTETS, tag) == 1 &&
           EVP_DecryptFinal_ex(cipher, out + text.len, &len) == 1;
}

/* A MAC that could be guessed would open doors, so failure ends the process. */
static void hmac(const struct seal *seal, struct bytes key, const struct bytes parts[2],
                 uint8_t out[SEAL_MAC_OCTETS])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = { text_param(OSSL_MAC_PARAM_DIGEST, digest), OSSL_PARAM_construct_end() };
    size_t len;
    SCOPED(EVP_MAC_CTX_free) EVP_MAC_CTX *mac = EVP_MAC_CTX_new(seal->hmac);
    if (!mac || EVP_MAC_init(mac, key.data, key.len, params) != 1 ||
        EVP_MAC_update(mac, parts[0].data, parts[0].len) != 1 ||
        EVP_MAC_update(mac, parts[1].data, parts[1].len) != 1 ||
        EVP_MAC_final(mac, out, &len, SEAL_MAC_OCTETS) != 1) {
        fputs("cloudpki: HMAC-SHA-256 failed\n", stderr);
        abort();
    }
}

struct seal *seal_new(struct bytes master_key, struct error *err)
{
    SCOPED(seal_free) struct seal *seal = memory_new(sizeof *seal);
    seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    seal->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!seal->cipher || !seal->hmac ||
        !derive(master_key, "cloudpki 1 private keys", seal->seal_keys[SEAL_KEYS]) ||
        !derive(master_key, "cloudpki 1 secrets", seal->seal_keys[SEAL_SECRETS]) ||
        !derive(master_key, "cloudpki 1 MACs", seal->mac_key)) {
        ERR_clear_error();
        return fail_null(err, ERR_INTERNAL,
                         "OpenSSL has no HKDF, HMAC or AES-256-GCM to use the master key with");
    }
    return TAKE(seal);
}

void seal_free(struct seal *seal)
{
    if (!seal)
        return;
    bytes_wipe(seal->seal_keys, sizeof seal->seal_keys);
    bytes_wipe(seal->mac_key, sizeof seal->mac_key);
    EVP_CIPHER_free(seal->cipher);
    EVP_MAC_free(seal->hmac);
    memory_free(seal);
}

bool seal_close(const struct seal *seal, enum seal_use use, struct bytes context,
                struct bytes plain, struct buf *out, struct error *err)
{
    uint8_t *to = fits_int(plain) ? buf_extend(out, plain.len + SEAL_OVERHEAD_OCTETS) : NULL;
    if (!to)
        return fail(err, ERR_TOO_LARGE, "a secret of %zu octets is too large", plain.len);
    if (!encrypt(seal, use, context, plain, to)) {
        ERR_clear_error();
        return fail(err, ERR_INTERNAL, "a secret could not be sealed");
    }
    return true;
}

struct secret *seal_open(const struct seal *seal, enum seal_use use, struct bytes context,
                         struct bytes sealed, struct error *err)
{
    if (sealed.len < SEAL_OVERHEAD_OCTETS || sealed.data[0] != VERSION)
        return fail_null(err, ERR_INTERNAL, "it is no sealed value of version %d", VERSION);
    /* Room for the ciphertext; AES-GCM's last step writes nothing. */
    size_t len = sealed.len - SEAL_OVERHEAD_OCTETS;
    uint8_t *plain = memory_new(len);
    bool ok = decrypt(seal, use, context, sealed, plain);
    SCOPED(secret_free)
    struct secret *secret = ok ? secret_new((struct bytes){ plain, len }) : NULL;
    bytes_wipe(plain, len);
    memory_free(plain);
    if (!secret) {
        ERR_clear_error();
        return fail_null(err, ERR_INTERNAL,
                         "it was sealed under another master key, or was changed since");
    }
    return TAKE(secret);
}

void seal_mac(const struct seal *seal, struct bytes context, struct bytes data,
              uint8_t out[SEAL_MAC_OCTETS])
{
    uint8_t derived[KEY_OCTETS];
    static const uint8_t one = 1; /* RFC 5869 §2.3: T(1) = HMAC(PRK, info | 0x01) */
    hmac(seal, BYTES_OF(seal->mac_key), (const struct bytes[]){ context, { &one, 1 } }, derived);
    hmac(seal, BYTES_OF(derived), (const struct bytes[]){ data, BYTES_NONE }, out);
    bytes_wipe(derived, sizeof derived);
}
