/*
 * usages - extended key usages between rows and OIDs, and the hash property as a digest.
 */
#pragma once

#include "base/attributes.h"
#include "model/ca.h"
#include "x509/algorithm.h"
#include "x509/extension.h"

#include <stdbool.h>

struct arena;
struct error;

/* A list of struct extended_key_usage. */
bool usages_from_list(const struct list *list, struct arena *arena, struct oids *out,
                      struct error *err) MUST_CHECK;

/* Names are kept from `names` where it has the OID. */
struct list usages_to_list(const struct oids *oids, const struct list *names, struct arena *arena);

/* Dotted, as the leaf's row has them. */
struct strings usages_texts(const struct oids *oids, struct arena *arena);

/* The API's numbers: 1 sha256, 2 sha384, 3 sha512. */
enum digest digest_of_hash(int64_t hash);
int64_t hash_of_digest(enum digest digest);
