/*
 * token_cache - verdicts on tokens seen before, until the tokens end or the verdicts are old.
 *
 * Keyed by the SHA-256 of the token, so the cache holds no token. Only good verdicts are kept, for
 * five minutes at most: then the signature is verified again, with the keys that its issuer has
 * now. A fixed number of places; a full set of four gives up what ends first. Thread-safe.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct token_cache;

enum { TOKEN_HASH_OCTETS = 32, TOKEN_VERDICT_S = 300 };

struct token_cache *token_cache_new(size_t places);

/* Texts go to the arena; false when it is not there or has ended. */
bool token_cache_find(struct token_cache *cache, const uint8_t hash[TOKEN_HASH_OCTETS], time_t now,
                      struct arena *arena, struct caller *out);
void token_cache_put(struct token_cache *cache, const uint8_t hash[TOKEN_HASH_OCTETS],
                     const struct caller *caller, time_t now);
void token_cache_free(struct token_cache *cache); /* NULL is fine */
DEFINE_SCOPED(struct token_cache *, token_cache_free)
