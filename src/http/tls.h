/*
 * tls - the certificate of the HTTPS listener, replaceable while it is in use; RFC 8446.
 *
 * TLS 1.2 and later. A handshake under way keeps the context it began with. Thread-safe.
 * Errors: ERR_INVALID for a file that does not hold certificate, chain and matching key.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct ssl_st;
struct tls;

/* Told once for each connection whose handshake ended well; context is SSL_get_app_data(ssl). */
typedef void tls_done_fn(void *context);

struct tls *tls_new(tls_done_fn *done);
bool tls_load(struct tls *tls, const char *pem_path, struct error *err) MUST_CHECK;

/* For one connection; NULL before the first certificate. */
struct ssl_st *tls_accept(struct tls *tls);

void tls_free(struct tls *tls);
DEFINE_SCOPED(struct tls *, tls_free)
