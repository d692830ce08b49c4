/*
 * bundle - certificates as administrators hand them over: DER, PEM (RFC 7468), or PKCS#7 without
 * a signer (.p7b, .p7c; RFC 5652 §5 certs-only), in either form.
 *
 * Reads form only: what a certificate says is anchor.h's to judge. Nothing may follow the last
 * certificate, and whoever sends a private key is told so. Certificates live in the arena.
 * Errors: ERR_INVALID, ERR_TOO_LARGE.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum {
    BUNDLE_CERTIFICATES_MAX = 250,
    BUNDLE_CERTIFICATE_OCTETS_MAX = 8192,
    BUNDLE_OCTETS_MAX = 2 * 1024 * 1024,
};

struct bundle {
    struct bytes items[BUNDLE_CERTIFICATES_MAX]; /* DER, at least one */
    size_t count;
};

bool bundle_read(struct bytes file, struct arena *arena, struct bundle *out,
                 struct error *err) MUST_CHECK;

/* The same for what must be one certificate. */
bool bundle_read_one(struct bytes file, struct arena *arena, struct bytes *out,
                     struct error *err) MUST_CHECK;
