/*
 * jwk - JSON Web Keys and sets of them, public ones that verify: RFC 7517, RFC 7518 §6, RFC 8037.
 *
 * RSA of 2048 to 8192 bits, EC on P-256 and P-384, OKP on Ed25519. `use`, `key_ops` and `alg` are
 * obeyed; certificates in a key (x5c, x5u) are not looked at. A set may hold keys that we do not
 * take (RFC 7517 §5): they are left out. Errors: ERR_MALFORMED, ERR_WEAK_ALGORITHM,
 * ERR_NOT_SUPPORTED, ERR_TOO_LARGE.
 */
#pragma once

#include "auth/jose.h"
#include "base/attributes.h"
#include "base/bytes.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_writer;
struct spki;

enum { JWK_SET_OCTETS_MAX = 65536, JWK_SET_KEYS_MAX = 100, JWK_ID_OCTETS_MAX = 256 };

struct jwk {
    char *id;            /* kid; NULL without */
    unsigned algorithms; /* JOSE_BITs: those of the key's type, or the one that alg names */
    EVP_PKEY *key;
};

struct jwk_set {
    struct jwk *keys;
    size_t count;
};

bool jwk_read(const json_t *value, struct jwk *out, struct error *err) MUST_CHECK;
void jwk_clear(struct jwk *jwk);

/* A set without any key that we take is refused. */
struct jwk_set *jwk_set_parse(struct bytes json, struct error *err) MUST_CHECK;

/* The key of this name that takes the algorithm, owned by the set; NULL when there is none.
 * Without a name only a set with one fitting key has an answer. */
const struct jwk *jwk_set_find(const struct jwk_set *set, const char *id,
                               enum jose_algorithm algorithm);
void jwk_set_free(struct jwk_set *set); /* NULL is fine */
DEFINE_SCOPED(struct jwk_set *, jwk_set_free)

/* One of our P-256 keys as a member of a set. */
void jwk_write(const char *id, const struct spki *spki, struct json_writer *writer);
