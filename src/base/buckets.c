#include "base/buckets.h"

#include "base/memory.h"
#include "base/random.h"

#include <pthread.h>
#include <stddef.h>

enum { BUCKETS = 8192, NEIGHBOURS = 8 };

struct bucket {
    uint64_t hash;    /* 0: free */
    int64_t empty_at; /* when it has run empty: later is fuller */
};

struct buckets {
    pthread_mutex_t lock;
    uint64_t seed; /* so that nobody chooses neighbours */
    int64_t most;
    int64_t period;
    struct bucket table[BUCKETS];
};

static uint64_t add_text(uint64_t hash, const char *text)
{
    for (const char *p = text; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 1099511628211u;
    hash ^= hash >> 29;
    return hash * 0xbf58476d1ce4e5b9u;
}

static uint64_t hash_of(const struct buckets *buckets, const char *first, const char *second)
{
    uint64_t hash = add_text(add_text(buckets->seed, first), second);
    return hash ? hash : 1;
}

static struct bucket *find(struct buckets *buckets, uint64_t hash)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        struct bucket *bucket = &buckets->table[(hash + i) % BUCKETS];
        if (bucket->hash == hash)
            return bucket;
    }
    return NULL;
}

/* A place for a new one: free, or the one that has been empty longest. */
static struct bucket *make(struct buckets *buckets, uint64_t hash)
{
    struct bucket *emptiest = &buckets->table[hash % BUCKETS];
    for (size_t i = 0; i < NEIGHBOURS && emptiest->hash; i++) {
        struct bucket *bucket = &buckets->table[(hash + i) % BUCKETS];
        if (!bucket->hash || bucket->empty_at < emptiest->empty_at)
            emptiest = bucket;
    }
    *emptiest = (struct bucket){ hash, 0 };
    return emptiest;
}

static int64_t wait_for(struct buckets *buckets, uint64_t hash, int64_t now)
{
    const struct bucket *bucket = find(buckets, hash);
    int64_t wait = bucket ? bucket->empty_at - now - (buckets->most - 1) * buckets->period : 0;
    return wait > 0 ? wait : 0;
}

static void add(struct buckets *buckets, uint64_t hash, int64_t now)
{
    struct bucket *bucket = find(buckets, hash);
    if (!bucket)
        bucket = make(buckets, hash);
    if (bucket->empty_at < now)
        bucket->empty_at = now;
    bucket->empty_at += buckets->period;
}

struct buckets *buckets_new(int64_t most, int64_t period)
{
    struct buckets *buckets = memory_new(sizeof *buckets);
    pthread_mutex_init(&buckets->lock, NULL);
    random_fill(&buckets->seed, sizeof buckets->seed);
    buckets->most = most;
    buckets->period = period;
    return buckets;
}

void buckets_free(struct buckets *buckets)
{
    if (!buckets)
        return;
    pthread_mutex_destroy(&buckets->lock);
    memory_free(buckets);
}

int64_t buckets_wait(struct buckets *buckets, const char *first, const char *second, int64_t now)
{
    uint64_t hash = hash_of(buckets, first, second);
    pthread_mutex_lock(&buckets->lock);
    int64_t wait = wait_for(buckets, hash, now);
    pthread_mutex_unlock(&buckets->lock);
    return wait;
}

void buckets_add(struct buckets *buckets, const char *first, const char *second, int64_t now)
{
    uint64_t hash = hash_of(buckets, first, second);
    pthread_mutex_lock(&buckets->lock);
    add(buckets, hash, now);
    pthread_mutex_unlock(&buckets->lock);
}

int64_t buckets_take(struct buckets *buckets, const char *first, const char *second, int64_t now)
{
    uint64_t hash = hash_of(buckets, first, second);
    pthread_mutex_lock(&buckets->lock);
    int64_t wait = wait_for(buckets, hash, now);
    if (wait == 0)
        add(buckets, hash, now);
    pthread_mutex_unlock(&buckets->lock);
    return wait;
}
