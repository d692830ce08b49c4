/*
 * algorithm - digests, key types and signature algorithms: one table each.
 */
#pragma once

#include "base/bytes.h"
#include "x509/oid.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct error;

enum digest { DIGEST_NONE, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_COUNT };

enum key_type {
    KEY_TYPE_NONE,
    KEY_RSA_2048,
    KEY_RSA_3072,
    KEY_RSA_4096,
    KEY_P256,
    KEY_P256K,
    KEY_P384,
    KEY_P521,
    KEY_TYPE_COUNT
};

enum { DIGEST_OCTETS_MAX = 64, SIGNATURE_OCTETS_MAX = 1024 };

/* Fetched once for the process, on first use, thread-safe. */
const EVP_MD *digest_md(enum digest digest);
enum oid digest_oid(enum digest digest);
enum digest digest_from_oid(enum oid oid);
size_t digest_octets(enum digest digest);
bool digest_of(enum digest digest, struct bytes data, uint8_t out[DIGEST_OCTETS_MAX]);

bool key_type_is_rsa(enum key_type type);
unsigned key_type_bits(enum key_type type);
const char *key_type_text(enum key_type type); /* "rsa2048", "eCP256": the API's words */
enum key_type key_type_from_text(const char *text);
enum key_type key_type_of_rsa_bits(unsigned bits); /* KEY_TYPE_NONE for other lengths */
enum oid key_type_curve(enum key_type type);       /* namedCurve; OID_NONE for RSA */
enum key_type key_type_from_curve(enum oid curve);
const char *key_type_group(enum key_type type);  /* OpenSSL's name of the curve; NULL for RSA */
enum digest key_type_digest(enum key_type type); /* the digest that fits its strength */

/* Is this an AlgorithmIdentifier: an OID and at most one value (RFC 5280 §4.1.1.2)? */
bool algorithm_is_identifier(struct bytes der);

/* AlgorithmIdentifier of a signature by a key of this type: RSA PKCS #1 v1.5 with NULL, or
 * ECDSA without parameters. */
void signature_algorithm_put(enum key_type type, enum digest digest, struct buf *out);
