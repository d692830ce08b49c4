#include "http/tls.h"

#include "base/error.h"
#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>

struct tls {
    tls_done_fn *done;
    pthread_mutex_t lock; /* guards context */
    SSL_CTX *context;
};

static inline void context_free(SSL_CTX *context)
{
    SSL_CTX_free(context);
}
DEFINE_SCOPED(SSL_CTX *, context_free)

/* SSL_CTX's own data names the tls, the connection's data whoever waits for it. */
static void watch(const SSL *ssl, int where, int result)
{
    (void)result;
    if (!(where & SSL_CB_HANDSHAKE_DONE))
        return;
    const struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    tls->done(SSL_get_app_data(ssl));
}

/* Renegotiation would let a peer ask for handshakes without end on one connection. One ticket:
 * each costs the loop some 50 µs. Buffers of idle connections are given back. */
static SSL_CTX *context_new(struct tls *tls)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return NULL;
    SSL_CTX_set_app_data(context, tls);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_info_callback(context, watch);
    return context;
}

static bool load(SSL_CTX *context, const char *pem_path, struct error *err)
{
    if (SSL_CTX_use_certificate_chain_file(context, pem_path) != 1)
        return fail(err, ERR_INVALID, "%s: no certificate chain in PEM", pem_path);
    if (SSL_CTX_use_PrivateKey_file(context, pem_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return fail(err, ERR_INVALID, "%s: no private key that fits the certificate", pem_path);
    return true;
}

struct tls *tls_new(tls_done_fn *done)
{
    struct tls *tls = memory_new(sizeof *tls);
    tls->done = done;
    pthread_mutex_init(&tls->lock, NULL);
    return tls;
}

bool tls_load(struct tls *tls, const char *pem_path, struct error *err)
{
    SCOPED(context_free) SSL_CTX *context = context_new(tls);
    bool ok = context ? load(context, pem_path, err)
                      : fail(err, ERR_INTERNAL, "OpenSSL: no TLS server context");
    ERR_clear_error();
    if (!ok)
        return false;
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *before = tls->context;
    tls->context = TAKE(context);
    pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(before);
    return true;
}

SSL *tls_accept(struct tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    SSL *ssl = tls->context ? SSL_new(tls->context) : NULL;
    pthread_mutex_unlock(&tls->lock);
    return ssl;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    pthread_mutex_destroy(&tls->lock);
    memory_free(tls);
}
