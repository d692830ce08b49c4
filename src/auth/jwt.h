/*
 * jwt - signed JSON Web Tokens in compact form, ES256 only; RFC 7515, RFC 7518 §3.4, RFC 8725.
 *
 * The form is judged before any key is looked for: three parts of strict base64url, JSON without
 * duplicate keys, alg exactly ES256, typ JWT or at+jwt, no crit. Nothing in a header chooses an
 * algorithm or a key other than by the name of one of ours. Pure: no clock, no store.
 * Errors: ERR_UNAUTHENTICATED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

struct error;

enum { JWT_OCTETS_MAX = 8192, JWT_SIGNATURE_OCTETS = 64 };

struct jwt {
    json_t *header;
    json_t *claims;
    const char *key_id;                      /* kid, in header */
    struct bytes signed_part;                /* of the text parsed, borrowed */
    uint8_t signature[JWT_SIGNATURE_OCTETS]; /* r and s, 32 octets each */
};

/* Clear it whether or not this succeeds. */
bool jwt_parse(const char *text, struct jwt *out, struct error *err) MUST_CHECK;

/* key: a P-256 public key. */
bool jwt_verify(const struct jwt *jwt, EVP_PKEY *key, struct error *err) MUST_CHECK;
void jwt_clear(struct jwt *jwt);

/* Writing: "header.claims" is what to sign; then the signature, an ECDSA-Sig-Value. */
void jwt_begin(const char *key_id, struct bytes claims, struct buf *out);
bool jwt_end(struct bytes signature, struct buf *out, struct error *err) MUST_CHECK;
