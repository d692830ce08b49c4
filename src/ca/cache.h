/*
 * cache - counted objects by text key, believed for a few seconds.
 *
 * What this node changes is forgotten at once; what other nodes changed is seen when an entry is
 * no longer fresh. Loading happens outside the lock: a load that began before a cache_forget may
 * not be put back after it, which the ticket sees to. Thread-safe.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct cache;

struct cache_options {
    size_t entries_max; /* when reached, a whole bucket makes room */
    int fresh_s;
    void (*hold)(void *object);
    void (*release)(void *object);
};

struct cache *cache_new(const struct cache_options *options);
void cache_free(struct cache *cache);
DEFINE_SCOPED(struct cache *, cache_free)

/* A reference for the caller, or NULL; *ticket is for cache_put after loading. */
void *cache_find(struct cache *cache, const char *key, time_t now, uint64_t *ticket);

/* Takes a reference of its own, unless something was forgotten since the ticket was given. */
void cache_put(struct cache *cache, const char *key, void *object, time_t now, uint64_t ticket);

/* Drops every entry whose key begins so. */
void cache_forget(struct cache *cache, const char *prefix);
