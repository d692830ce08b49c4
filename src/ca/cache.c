#include "ca/cache.h"

#include "base/memory.h"
#include "base/text.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 256 };

struct entry {
    struct entry *next;
    char *key;
    void *object;
    time_t loaded_at;
};

struct cache {
    struct cache_options options;
    pthread_mutex_t lock; /* guards all below; held for a few pointers only */
    struct entry *buckets[BUCKETS];
    size_t count;
    uint64_t forgotten; /* how often: the ticket */
};

/* FNV-1a; keys are ids of ours. */
static size_t bucket_of(const char *key)
{
    uint32_t hash = 2166136261u;
    for (const char *p = key; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    return hash % BUCKETS;
}

static struct entry **slot_of(struct cache *cache, const char *key)
{
    struct entry **slot = &cache->buckets[bucket_of(key)];
    while (*slot && strcmp((*slot)->key, key) != 0)
        slot = &(*slot)->next;
    return slot;
}

static void drop(struct cache *cache, struct entry **slot)
{
    struct entry *entry = *slot;
    *slot = entry->next;
    cache->count--;
    cache->options.release(entry->object);
    memory_free(entry->key);
    memory_free(entry);
}

static void drop_matching(struct cache *cache, size_t bucket, const char *prefix)
{
    struct entry **slot = &cache->buckets[bucket];
    while (*slot)
        if (text_starts_with((*slot)->key, prefix))
            drop(cache, slot);
        else
            slot = &(*slot)->next;
}

static void insert(struct cache *cache, const char *key, void *object, time_t now)
{
    size_t bucket = bucket_of(key);
    struct entry **slot = slot_of(cache, key);
    if (*slot)
        drop(cache, slot);
    for (size_t i = 0; cache->count >= cache->options.entries_max && i < BUCKETS; i++)
        drop_matching(cache, (bucket + i) % BUCKETS, "");
    struct entry *entry = memory_new(sizeof *entry);
    *entry = (struct entry){ cache->buckets[bucket], memory_text(key), object, now };
    cache->options.hold(object);
    cache->buckets[bucket] = entry;
    cache->count++;
}

/* A clock that was set back makes an entry stale too. */
static bool is_fresh(const struct cache *cache, const struct entry *entry, time_t now)
{
    return now >= entry->loaded_at && now - entry->loaded_at < cache->options.fresh_s;
}

struct cache *cache_new(const struct cache_options *options)
{
    struct cache *cache = memory_new(sizeof *cache);
    cache->options = *options;
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    cache_forget(cache, "");
    pthread_mutex_destroy(&cache->lock);
    memory_free(cache);
}

void *cache_find(struct cache *cache, const char *key, time_t now, uint64_t *ticket)
{
    pthread_mutex_lock(&cache->lock);
    *ticket = cache->forgotten;
    struct entry *entry = *slot_of(cache, key);
    void *object = entry && is_fresh(cache, entry, now) ? entry->object : NULL;
    if (object)
        cache->options.hold(object);
    pthread_mutex_unlock(&cache->lock);
    return object;
}

void cache_put(struct cache *cache, const char *key, void *object, time_t now, uint64_t ticket)
{
    pthread_mutex_lock(&cache->lock);
    if (ticket == cache->forgotten)
        insert(cache, key, object, now);
    pthread_mutex_unlock(&cache->lock);
}

void cache_forget(struct cache *cache, const char *prefix)
{
    pthread_mutex_lock(&cache->lock);
    cache->forgotten++;
    for (size_t i = 0; i < BUCKETS; i++)
        drop_matching(cache, i, prefix);
    pthread_mutex_unlock(&cache->lock);
}
