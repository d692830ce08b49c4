#include "auth/failures.h"

#include "base/memory.h"
#include "base/random.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

enum { PAIRS = 8192, NEIGHBOURS = 8 };

struct pair {
    uint64_t hash;    /* 0: free */
    int64_t empty_at; /* when the bucket has run empty: later is fuller */
};

struct failures {
    pthread_mutex_t lock;
    uint64_t seed; /* so that nobody chooses neighbours */
    struct pair pairs[PAIRS];
};

struct failures *failures_new(void)
{
    struct failures *failures = memory_new(sizeof *failures);
    pthread_mutex_init(&failures->lock, NULL);
    random_fill(&failures->seed, sizeof failures->seed);
    return failures;
}

void failures_free(struct failures *failures)
{
    if (!failures)
        return;
    pthread_mutex_destroy(&failures->lock);
    memory_free(failures);
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    for (const char *p = text; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 1099511628211u;
    hash ^= hash >> 29;
    return hash * 0xbf58476d1ce4e5b9u;
}

static uint64_t hash_of(const struct failures *failures, const char *peer, const char *target)
{
    uint64_t hash = add_text(add_text(failures->seed, peer), target);
    return hash ? hash : 1;
}

static struct pair *find_pair(struct failures *failures, uint64_t hash)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        struct pair *pair = &failures->pairs[(hash + i) % PAIRS];
        if (pair->hash == hash)
            return pair;
    }
    return NULL;
}

/* A place for a new pair: free, or the one that failed longest ago. */
static struct pair *make_pair(struct failures *failures, uint64_t hash)
{
    struct pair *oldest = &failures->pairs[hash % PAIRS];
    for (size_t i = 0; i < NEIGHBOURS && oldest->hash; i++) {
        struct pair *pair = &failures->pairs[(hash + i) % PAIRS];
        if (!pair->hash || pair->empty_at < oldest->empty_at)
            oldest = pair;
    }
    *oldest = (struct pair){ hash, 0 };
    return oldest;
}

bool failures_may_try(struct failures *failures, const char *peer, const char *target, time_t now)
{
    pthread_mutex_lock(&failures->lock);
    const struct pair *pair = find_pair(failures, hash_of(failures, peer, target));
    bool may = !pair || pair->empty_at - now <= (FAILURES_MAX - 1) * FAILURES_REFILL_S;
    pthread_mutex_unlock(&failures->lock);
    return may;
}

void failures_add(struct failures *failures, const char *peer, const char *target, time_t now)
{
    uint64_t hash = hash_of(failures, peer, target);
    pthread_mutex_lock(&failures->lock);
    struct pair *pair = find_pair(failures, hash);
    if (!pair)
        pair = make_pair(failures, hash);
    if (pair->empty_at < now)
        pair->empty_at = now;
    pair->empty_at += FAILURES_REFILL_S;
    pthread_mutex_unlock(&failures->lock);
}
