/*
 * skip_token - the place in a list, given out in @odata.nextLink and taken back unchanged.
 *
 * Holds the order keys of the last row seen. Authenticated together with what the list is
 * (`binding`: tenant, path, filter, order), so that a client cannot make one, change one, or use
 * it for another list or in another's name. Errors: ERR_INVALID, one text.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum { SKIP_TOKEN_OCTETS_MAX = 8192 };

/* A MAC under a key that only this installation has. */
struct skip_token_key {
    void (*mac)(void *context, struct bytes data, uint8_t out[32]);
    void *context;
};

const char *skip_token_write(const struct skip_token_key *key, struct bytes binding,
                             const struct value *values, size_t count, struct arena *arena);

/* Exactly count values, of the types they had. */
bool skip_token_read(const struct skip_token_key *key, struct bytes binding, const char *token,
                     struct value *values, size_t count, struct arena *arena,
                     struct error *err) MUST_CHECK;
