/*
 * spki - SubjectPublicKeyInfo, RFC 5280 §4.1.2.7: read, judge, verify with.
 *
 * Only what pki-rules §2 admits: RSA 2048-8192 with a sane exponent and no ROCA or
 * Fermat-close primes, EC points on the curves we offer, by name. Verification goes through
 * EVP_PKEY_fromdata, which skips the slow decoder search.
 * Errors: ERR_MALFORMED, ERR_WEAK_ALGORITHM, ERR_BAD_SIGNATURE.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct error;

enum { SPKI_OCTETS_MAX = 2048, KEY_IDENTIFIER_OCTETS = 20 };

struct spki {
    struct bytes der; /* whole, borrowed */
    bool is_rsa;
    enum key_type type; /* exact for EC; for RSA the type of these bits or KEY_TYPE_NONE */
    unsigned bits;
    struct bytes modulus;  /* RSA, without leading 00 */
    struct bytes exponent; /* RSA */
    struct bytes point;    /* EC, uncompressed or compressed octets */
    struct bytes key;      /* content of the BIT STRING: what identifiers hash */
    bool is_checked;       /* found sound: spki_check need not look again */
    EVP_PKEY *decoded;     /* by spki_hold, else NULL */
};

bool spki_parse(struct bytes der, struct spki *out, struct error *err) MUST_CHECK;

/* Strength and sanity; parse only looks at form. */
bool spki_check(const struct spki *spki, struct error *err) MUST_CHECK;

/* The caller frees it with EVP_PKEY_free. ERR_WEAK_ALGORITHM for a type that we do not know,
 * ERR_MALFORMED for numbers that are no key, points off their curve among them. */
EVP_PKEY *spki_to_pkey(const struct spki *spki, struct error *err) MUST_CHECK;

/* For a key of several uses: decoded once, until it is released. One that cannot be decoded is left
 * for its uses to refuse. */
void spki_hold(struct spki *spki);
void spki_release(struct spki *spki);

/* What was learned of another view of the same key; that one must be released later. */
void spki_borrow(struct spki *spki, const struct spki *other);

/* Encodings of one key may differ in their parameters, so the key itself is compared. */
bool spki_is_same_key(const struct spki *a, const struct spki *b);

/* SHA-1 of the BIT STRING's content, RFC 5280 §4.2.1.2 (1). */
void spki_key_identifier(const struct spki *spki, uint8_t out[KEY_IDENTIFIER_OCTETS]);

/* Whether spki_verify knows and accepts this whole AlgorithmIdentifier, key or no key. */
bool spki_check_algorithm(struct bytes algorithm, struct error *err) MUST_CHECK;

/* algorithm: the whole AlgorithmIdentifier. Refuses MD5 and SHA-1. RSA PKCS #1 v1.5, PSS, ECDSA. */
bool spki_verify(const struct spki *spki, struct bytes algorithm, struct bytes message,
                 struct bytes signature, struct error *err) MUST_CHECK;

/* What CMS needs: RSA PKCS #1 v1.5 or ECDSA over a digest already taken. Judges neither digest
 * nor key, because a CA's setting may allow SHA-1. */
bool spki_verify_digest(const struct spki *spki, enum digest digest, struct bytes octets,
                        struct bytes signature, struct error *err) MUST_CHECK;
