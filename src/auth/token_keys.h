/*
 * token_keys - the keys of the built-in authority: the newest signs, those before it verify.
 *
 * A rotation makes a new key; the old one stays in the published set (RFC 7517 §5) until the
 * last token that it signed has ended, and is then destroyed. Thread-safe; another process may
 * make a key at any time. Errors: ERR_UNAUTHENTICATED for a key that is not ours.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <time.h>

struct error;
struct key;
struct keys;
struct store;
struct token_keys;

struct token_keys *token_keys_new(struct store *store, struct keys *keys);
void token_keys_free(struct token_keys *token_keys); /* NULL is fine */

/* The one to sign with, made when there is none: then it waits for the commit. tenant_id: whose
 * row a new key is. A reference, for key_free. [desk; worker once there is one] */
struct key *token_keys_signer(struct token_keys *token_keys, const char *tenant_id, time_t now,
                              struct error *err) MUST_CHECK;

/* A reference, for EVP_PKEY_free. A name that we do not know costs a read at most once a second.
 * [worker] */
EVP_PKEY *token_keys_find(struct token_keys *token_keys, const char *key_id, time_t now,
                          struct error *err) MUST_CHECK;

/* All that may still be needed, as a JWK set. [worker] */
bool token_keys_write_set(struct token_keys *token_keys, time_t now, struct buf *out,
                          struct error *err) MUST_CHECK;

/* A new key when the present one is older than lifetime_s; ended ones are destroyed. [desk] */
bool token_keys_rotate(struct token_keys *token_keys, const char *tenant_id, int lifetime_s,
                       time_t now, struct error *err) MUST_CHECK;
