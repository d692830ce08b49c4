#include "cdp/document.h"

#include "base/memory.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 4096, DOCUMENTS_MAX = 2048, CACHE_OCTETS_MAX = 64 * 1024 * 1024 };

struct document_cache {
    pthread_mutex_t lock; /* everything below, and checked_ms of what is in it */
    struct document *slots[SLOTS];
    size_t count;
    uint64_t octets;
};

struct document *document_new(const struct document_key *key)
{
    struct document *document = memory_new(sizeof *document);
    document->key = *key;
    document->references = 1;
    return document;
}

struct document *document_hold(struct document *document)
{
    __atomic_add_fetch(&document->references, 1, __ATOMIC_RELAXED);
    return document;
}

void document_release(struct document *document)
{
    if (!document || __atomic_sub_fetch(&document->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    buf_free(document->body);
    memory_free(document);
}

struct document_cache *document_cache_new(void)
{
    struct document_cache *cache = memory_new(sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

static void forget_all(struct document_cache *cache)
{
    for (size_t i = 0; i < SLOTS; i++)
        document_release(TAKE(cache->slots[i]));
    cache->count = 0;
    cache->octets = 0;
}

void document_cache_free(struct document_cache *cache)
{
    if (!cache)
        return;
    forget_all(cache);
    pthread_mutex_destroy(&cache->lock);
    memory_free(cache);
}

/* FNV-1a; keys reach here only after the id was found in the database, so nobody floods a slot. */
static size_t first_slot(const struct document_key *key)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *p = key->ca_id; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 1099511628211u;
    hash = (hash ^ (uint64_t)key->version) * 1099511628211u;
    hash = (hash ^ (uint64_t)key->kind) * 1099511628211u;
    return hash % SLOTS;
}

static bool key_equal(const struct document_key *a, const struct document_key *b)
{
    return a->kind == b->kind && a->version == b->version && strcmp(a->ca_id, b->ca_id) == 0;
}

/* Where the key is or would be: half of the slots stay empty, so a probe ends. */
static struct document **slot_of(struct document_cache *cache, const struct document_key *key)
{
    size_t i = first_slot(key);
    while (cache->slots[i] && !key_equal(&cache->slots[i]->key, key))
        i = (i + 1) % SLOTS;
    return &cache->slots[i];
}

static uint64_t octets_of(const struct document *document)
{
    return document->body ? buf_len(document->body) : 0;
}

struct document *document_cache_find(struct document_cache *cache, const struct document_key *key,
                                     int64_t now_ms, int64_t *age_ms)
{
    pthread_mutex_lock(&cache->lock);
    struct document *found = *slot_of(cache, key);
    if (found) {
        document_hold(found);
        *age_ms = now_ms - found->checked_ms;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

void document_cache_put(struct document_cache *cache, struct document *document, int64_t now_ms)
{
    pthread_mutex_lock(&cache->lock);
    if (cache->count >= DOCUMENTS_MAX || cache->octets + octets_of(document) > CACHE_OCTETS_MAX)
        forget_all(cache);
    struct document **slot = slot_of(cache, &document->key);
    document->checked_ms = now_ms;
    if (*slot != document) {
        if (*slot) {
            cache->octets -= octets_of(*slot);
            document_release(*slot);
        } else {
            cache->count++;
        }
        *slot = document_hold(document);
        cache->octets += octets_of(document);
    }
    pthread_mutex_unlock(&cache->lock);
}
