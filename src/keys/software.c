#include "keys/software.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "keys/unpad.h"
#include "x509/spki.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>

enum { RSA_OCTETS_MAX = 4096 / 8 };

enum use { USE_SIGN, USE_DECRYPT, USE_COUNT };

struct ready {
    EVP_PKEY_CTX *context;
    enum digest digest; /* set in context; RSA signatures only */
    struct ready *next;
};

struct software {
    enum key_type type;
    EVP_PKEY *pkey;
    size_t octets;                   /* of a signature, at most, and of an RSA block */
    uint8_t modulus[RSA_OCTETS_MAX]; /* RSA, big-endian */
    uint8_t decoy[RSA_OCTETS_MAX];   /* RSA: a block below the modulus, nobody's message */
    pthread_mutex_t lock;            /* guards the stacks */
    struct ready *stacks[USE_COUNT];
};

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_SCOPED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_SCOPED(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free)
DEFINE_SCOPED(BIO *, BIO_free_all)

/* OpenSSL's queue of errors is the thread's: what stays there would be taken for TLS's. */
static bool fail_openssl(struct error *err, const char *what)
{
    ERR_clear_error();
    return fail(err, ERR_INTERNAL, "OpenSSL %s", what);
}

static bool encode_spki(const EVP_PKEY *pkey, struct buf **out)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    if (len <= 0)
        return false;
    *out = buf_copy((struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return true;
}

static bool encode_private(const EVP_PKEY *pkey, struct secret **out)
{
    SCOPED(PKCS8_PRIV_KEY_INFO_free) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    uint8_t *der = NULL;
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
    if (len <= 0)
        return false;
    *out = secret_new((struct bytes){ der, (size_t)len });
    OPENSSL_clear_free(der, (size_t)len);
    return true;
}

static EVP_PKEY *decode_private(struct bytes pkcs8)
{
    const uint8_t *p = pkcs8.data;
    if (pkcs8.len > LONG_MAX)
        return NULL;
    SCOPED(PKCS8_PRIV_KEY_INFO_free)
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)pkcs8.len);
    return info && p == pkcs8.data + pkcs8.len ? EVP_PKCS82PKEY(info) : NULL;
}

static bool has_public_half(const EVP_PKEY *pkey, struct bytes spki)
{
    SCOPED(buf_free) struct buf *own = NULL;
    return encode_spki(pkey, &own) && bytes_equal(buf_bytes(own), spki);
}

/* What software_decrypt compares with and falls back to. */
static void keep_modulus(struct software *software, struct bytes modulus)
{
    memcpy(software->modulus, modulus.data, modulus.len);
    random_fill(software->decoy, modulus.len);
    software->decoy[0] = 0;
}

static void free_ready(struct ready *ready)
{
    EVP_PKEY_CTX_free(ready->context);
    memory_free(ready);
}

static bool init_context(EVP_PKEY_CTX *context, enum key_type type, enum use use)
{
    if (use == USE_DECRYPT)
        return EVP_PKEY_decrypt_init(context) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1;
    return EVP_PKEY_sign_init(context) == 1 &&
           (!key_type_is_rsa(type) ||
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
}

static struct ready *make_ready(const struct software *software, enum use use)
{
    SCOPED(EVP_PKEY_free) EVP_PKEY *own = EVP_PKEY_dup(software->pkey);
    SCOPED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) : NULL;
    if (!context || !init_context(context, software->type, use))
        return NULL;
    struct ready *ready = memory_new(sizeof *ready);
    ready->context = TAKE(context);
    return ready;
}

static struct ready *pop_ready(struct software *software, enum use use)
{
    pthread_mutex_lock(&software->lock);
    struct ready *ready = software->stacks[use];
    if (ready)
        software->stacks[use] = ready->next;
    pthread_mutex_unlock(&software->lock);
    return ready ? ready : make_ready(software, use);
}

static void push_ready(struct software *software, enum use use, struct ready *ready)
{
    pthread_mutex_lock(&software->lock);
    ready->next = software->stacks[use];
    software->stacks[use] = ready;
    pthread_mutex_unlock(&software->lock);
}

/* An RSA signature names its digest (RFC 8017 §9.2); ECDSA signs any octets. */
static bool set_digest(struct ready *ready, enum key_type type, enum digest digest)
{
    if (!key_type_is_rsa(type) || ready->digest == digest)
        return true;
    ready->digest = digest;
    return EVP_PKEY_CTX_set_signature_md(ready->context, digest_md(digest)) == 1;
}

static bool sign_with(struct ready *ready, const struct software *software, enum digest digest,
                      struct bytes octets, struct buf *out)
{
    size_t start = buf_len(out);
    size_t len = software->octets;
    uint8_t *to = buf_extend(out, len);
    if (!to)
        return false;
    bool ok = set_digest(ready, software->type, digest) &&
              EVP_PKEY_sign(ready->context, to, &len, octets.data, octets.len) == 1;
    buf_truncate(out, ok ? start + len : start);
    return ok;
}

static bool decrypt_with(struct ready *ready, const struct software *software, struct bytes block,
                         uint8_t *out)
{
    size_t len = software->octets;
    return EVP_PKEY_decrypt(ready->context, out, &len, block.data, block.len) == 1 &&
           len == software->octets;
}

bool software_make(enum key_type type, struct key_pair *out, struct error *err)
{
    SCOPED(EVP_PKEY_free)
    EVP_PKEY *pkey = key_type_is_rsa(type)
                         ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)key_type_bits(type))
                         : EVP_PKEY_Q_keygen(NULL, NULL, "EC", key_type_group(type));
    struct key_pair pair = { NULL, NULL };
    if (!pkey || !encode_spki(pkey, &pair.spki) || !encode_private(pkey, &pair.private)) {
        key_pair_clear(&pair);
        return fail_openssl(err, "could not make a key");
    }
    *out = pair;
    return true;
}

struct software *software_load(enum key_type type, struct bytes pkcs8, struct bytes spki,
                               struct error *err)
{
    struct spki public;
    if (!spki_parse(spki, &public, err))
        return NULL;
    if (public.type != type)
        return fail_null(err, ERR_INTERNAL, "its public half is no key of type %s",
                         key_type_text(type));
    SCOPED(software_free) struct software *software = memory_new(sizeof *software);
    pthread_mutex_init(&software->lock, NULL);
    software->type = type;
    software->pkey = decode_private(pkcs8);
    if (!software->pkey || !has_public_half(software->pkey, spki)) {
        (void)fail_openssl(err, "finds that the private half does not fit the public one");
        return NULL;
    }
    software->octets = (size_t)EVP_PKEY_get_size(software->pkey);
    if (public.is_rsa)
        keep_modulus(software, public.modulus);
    return TAKE(software);
}

void software_free(struct software *software)
{
    if (!software)
        return;
    for (size_t use = 0; use < USE_COUNT; use++) {
        while (software->stacks[use]) {
            struct ready *next = software->stacks[use]->next;
            free_ready(software->stacks[use]);
            software->stacks[use] = next;
        }
    }
    pthread_mutex_destroy(&software->lock);
    EVP_PKEY_free(software->pkey);
    memory_free(software);
}

bool software_sign(struct software *software, enum digest digest, struct bytes octets,
                   struct buf *out, struct error *err)
{
    struct ready *ready = pop_ready(software, USE_SIGN);
    if (!ready)
        return fail_openssl(err, "could not prepare to sign");
    if (!sign_with(ready, software, digest, octets, out)) {
        free_ready(ready);
        return fail_openssl(err, "could not sign");
    }
    push_ready(software, USE_SIGN, ready);
    return true;
}

/* One path for every block: the octets that stand in for the message are drawn first, a block
 * that is no number below the modulus is replaced by the decoy (the sender knows that it is not,
 * so this may be seen), and nothing after the private operation depends on what came out. */
bool software_decrypt(struct software *software, bool is_oaep, struct bytes block, uint8_t *out,
                      size_t out_len, struct error *err)
{
    uint8_t padded[RSA_OCTETS_MAX];
    bool is_below =
        block.len == software->octets && memcmp(block.data, software->modulus, block.len) < 0;
    if (!is_below)
        block = (struct bytes){ software->decoy, software->octets };
    random_fill(out, out_len);
    struct ready *ready = pop_ready(software, USE_DECRYPT);
    if (!ready)
        return fail_openssl(err, "could not prepare to decrypt");
    if (!decrypt_with(ready, software, block, padded)) {
        free_ready(ready);
        return fail_openssl(err, "could not decrypt");
    }
    push_ready(software, USE_DECRYPT, ready);
    if (is_oaep)
        unpad_oaep(padded, software->octets, out, out_len);
    else
        unpad_pkcs1(padded, software->octets, out, out_len);
    bytes_wipe(padded, sizeof padded);
    return true;
}

struct secret *software_pem(const struct software *software, struct error *err)
{
    SCOPED(BIO_free_all) BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    if (!bio ||
        PEM_write_bio_PKCS8PrivateKey(bio, software->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        (void)fail_openssl(err, "could not write the key as PEM");
        return NULL;
    }
    long len = BIO_get_mem_data(bio, &text);
    return secret_new((struct bytes){ (const uint8_t *)text, (size_t)len });
}
