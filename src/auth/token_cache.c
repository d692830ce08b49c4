#include "auth/token_cache.h"

#include "base/arena.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

enum { SET_PLACES = 4 };

/* The caller's texts live in an arena of the place's own: one copy in, one release. */
struct place {
    uint8_t hash[TOKEN_HASH_OCTETS];
    struct arena *arena; /* NULL: empty */
    time_t ends_at;
    struct caller caller;
};

struct token_cache {
    pthread_mutex_t lock; /* of places */
    struct place *places;
    size_t sets;
};

static struct strings copy_strings(const struct strings *from, struct arena *arena)
{
    struct strings copy = { arena_take(arena, (from->count + 1) * sizeof *copy.items), 0 };
    for (; copy.count < from->count; copy.count++)
        copy.items[copy.count] = arena_text(arena, from->items[copy.count]);
    return copy;
}

static struct caller copy_caller(const struct caller *from, struct arena *arena)
{
    return (struct caller){
        .tenant_id = arena_text(arena, from->tenant_id),
        .subject = arena_text(arena, from->subject),
        .scopes = copy_strings(&from->scopes, arena),
        .roles = copy_strings(&from->roles, arena),
        .scope_tags = copy_strings(&from->scope_tags, arena),
        .is_application = from->is_application,
        .expires_at = from->expires_at,
    };
}

/* A SHA-256 is even: any of its octets choose the set. */
static struct place *set_of(struct token_cache *cache, const uint8_t *hash)
{
    uint64_t number;
    memcpy(&number, hash, sizeof number);
    return cache->places + number % cache->sets * SET_PLACES;
}

static struct place *find_in(struct place *set, const uint8_t *hash)
{
    for (struct place *place = set; place < set + SET_PLACES; place++)
        if (place->arena && memcmp(place->hash, hash, sizeof place->hash) == 0)
            return place;
    return NULL;
}

/* An empty place, or the one whose token ends first. */
static struct place *weakest_of(struct place *set)
{
    struct place *weakest = set;
    for (struct place *place = set; place < set + SET_PLACES; place++) {
        if (!place->arena)
            return place;
        if (place->ends_at < weakest->ends_at)
            weakest = place;
    }
    return weakest;
}

struct token_cache *token_cache_new(size_t places)
{
    struct token_cache *cache = memory_new(sizeof *cache);
    cache->sets = (places + SET_PLACES - 1) / SET_PLACES;
    cache->places = memory_new_array(cache->sets * SET_PLACES, sizeof *cache->places);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

bool token_cache_find(struct token_cache *cache, const uint8_t hash[TOKEN_HASH_OCTETS], time_t now,
                      struct arena *arena, struct caller *out)
{
    pthread_mutex_lock(&cache->lock);
    struct place *place = find_in(set_of(cache, hash), hash);
    bool is_found = place && now < place->ends_at;
    if (is_found)
        *out = copy_caller(&place->caller, arena);
    pthread_mutex_unlock(&cache->lock);
    return is_found;
}

void token_cache_put(struct token_cache *cache, const uint8_t hash[TOKEN_HASH_OCTETS],
                     const struct caller *caller, time_t now)
{
    time_t old_at = now + TOKEN_VERDICT_S;
    pthread_mutex_lock(&cache->lock);
    struct place *set = set_of(cache, hash);
    struct place *place = find_in(set, hash);
    if (!place)
        place = weakest_of(set);
    arena_free(place->arena);
    memcpy(place->hash, hash, sizeof place->hash);
    place->arena = arena_new();
    place->caller = copy_caller(caller, place->arena);
    place->ends_at = caller->expires_at < old_at ? caller->expires_at : old_at;
    pthread_mutex_unlock(&cache->lock);
}

void token_cache_free(struct token_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->sets * SET_PLACES; i++)
        arena_free(cache->places[i].arena);
    memory_free(cache->places);
    pthread_mutex_destroy(&cache->lock);
    memory_free(cache);
}
