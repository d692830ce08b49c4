/*
 * jwt - signed JSON Web Tokens in compact form; RFC 7515, RFC 7519, RFC 8725.
 *
 * The form is judged before any key is looked for: three parts of strict base64url, JSON without
 * duplicate keys, an alg of auth/jose.h, no typ but JWT or at+jwt, no crit. Nothing in a header
 * chooses a key other than by the name of one that we hold, nor an algorithm that is not the key's.
 * Ours are written with ES256. Pure: no clock, no store. Errors: ERR_UNAUTHENTICATED.
 */
#pragma once

#include "auth/jose.h"
#include "base/attributes.h"
#include "base/bytes.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

struct error;

enum { JWT_OCTETS_MAX = 8192, JWT_ES256_OCTETS = 64 };

struct jwt {
    json_t *header;
    json_t *claims;
    enum jose_algorithm algorithm;
    const char *key_id;       /* kid, in header; NULL without */
    bool has_type;            /* typ: one that we know, else the token is refused */
    struct bytes signed_part; /* of the text parsed, borrowed */
    size_t signature_len;
    uint8_t signature[JOSE_SIGNATURE_OCTETS_MAX];
};

/* Clear it whether or not this succeeds. */
bool jwt_parse(const char *text, struct jwt *out, struct error *err) MUST_CHECK;

/* algorithms: JOSE_BITs of what may be used with this key. */
bool jwt_verify(const struct jwt *jwt, EVP_PKEY *key, unsigned algorithms,
                struct error *err) MUST_CHECK;
void jwt_clear(struct jwt *jwt);

/* Writing: "header.claims" is what to sign; then the signature, an ECDSA-Sig-Value. */
void jwt_begin(const char *key_id, struct bytes claims, struct buf *out);
bool jwt_end(struct bytes signature, struct buf *out, struct error *err) MUST_CHECK;
