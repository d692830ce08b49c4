/*
 * jose - the signature algorithms of JSON Web Tokens, RFC 7518 §3.1 and RFC 8037 §3.1.
 *
 * Only signatures of public keys: neither none nor HMAC has a row. A key takes the algorithms
 * that its own type allows, never those that a token names (RFC 8725 §3.1).
 * Errors: ERR_UNAUTHENTICATED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct error;

enum jose_algorithm {
    JOSE_NONE,
    JOSE_RS256,
    JOSE_RS384,
    JOSE_RS512,
    JOSE_PS256,
    JOSE_ES256,
    JOSE_ES384,
    JOSE_EDDSA,
    JOSE_COUNT
};

#define JOSE_BIT(algorithm) (1u << (algorithm))
#define JOSE_ALL            (JOSE_BIT(JOSE_COUNT) - 2u)

enum { JOSE_SIGNATURE_OCTETS_MAX = 1024 };

/* Compared exactly; JOSE_NONE for all that we do not know. */
enum jose_algorithm jose_from_text(const char *text);
const char *jose_text(enum jose_algorithm algorithm);

/* JOSE_BITs of what this public key may verify; 0 for a key that we do not take. */
unsigned jose_algorithms_of(const EVP_PKEY *key);

bool jose_verify(enum jose_algorithm algorithm, EVP_PKEY *key, struct bytes message,
                 struct bytes signature, struct error *err) MUST_CHECK;
