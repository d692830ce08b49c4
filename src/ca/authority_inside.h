/*
 * authority_inside - what the files of ca/ share; nobody else includes it.
 *
 * authority.c makes and frees the parts in this order; each part has its own lock and its own
 * file, and is reached through the authority only.
 */
#pragma once

#include "ca/authority.h"

struct cache;     /* cache.c */
struct publisher; /* publish.c */

struct authority {
    struct store *store;
    struct keys *keys;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    struct authority_settings settings;
    struct cache *issuers; /* issuer.c */
    struct publisher *publisher;
    struct cache *officers; /* officer.c */
};

struct publisher *publisher_new(void);
void publisher_free(struct publisher *publisher);

struct cache *issuers_new(void);
struct cache *officers_new(void);
