#include "ocsp/answer.h"

#include "base/memory.h"
#include "base/text.h"
#include "x509/algorithm.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SHARDS = 16, BUCKETS = 4096, ETAG_DIGEST_OCTETS = 16 };

LIST_HEAD(bucket, answer);
TAILQ_HEAD(uses, answer);

struct shard {
    pthread_mutex_t lock; /* guards all below */
    struct bucket buckets[BUCKETS];
    struct uses uses; /* the least used last */
    size_t octets;
};

struct answer_cache {
    size_t shard_octets_max;
    struct shard shards[SHARDS];
};

/* FNV-1a: only serials that we drew ourselves come in, so nobody chooses collisions. */
static uint64_t hash_of(struct bytes serial)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < serial.len; i++)
        hash = (hash ^ serial.data[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

static struct shard *shard_of(struct answer_cache *cache, uint64_t hash)
{
    return &cache->shards[hash % SHARDS];
}

static struct bucket *bucket_of(struct shard *shard, uint64_t hash)
{
    return &shard->buckets[hash / SHARDS % BUCKETS];
}

static size_t octets_of(const struct answer *answer)
{
    return sizeof *answer + answer->body.len + answer->cert_id.len;
}

static void drop(struct shard *shard, struct answer *answer)
{
    LIST_REMOVE(answer, same_bucket);
    TAILQ_REMOVE(&shard->uses, answer, by_use);
    shard->octets -= octets_of(answer);
    answer_release(answer);
}

static struct answer *find(struct bucket *bucket, struct bytes cert_id)
{
    struct answer *answer;
    LIST_FOREACH(answer, bucket, same_bucket)
    if (bytes_equal(answer->cert_id, cert_id))
        return answer;
    return NULL;
}

/* One caller in this many seconds signs anew; the others are served what still holds. */
enum { REFRESH_AGAIN_S = 30 };

static bool may_serve(struct answer *answer, const char *ca_id, time_t now)
{
    if ((ca_id[0] && strcmp(ca_id, answer->ca_id) != 0) || now < answer->this_update ||
        now >= answer->next_update)
        return false;
    if (now < answer->refresh_at)
        return true;
    answer->refresh_at = now + REFRESH_AGAIN_S;
    return false;
}

static void set_etag(struct answer *answer)
{
    uint8_t digest[DIGEST_OCTETS_MAX] = { 0 };
    SCOPED(buf_free) struct buf *hex = buf_new(sizeof answer->etag);
    digest_of(DIGEST_SHA256, answer->body, digest);
    hex_encode_lower((struct bytes){ digest, ETAG_DIGEST_OCTETS }, hex);
    snprintf(answer->etag, sizeof answer->etag, "\"%s\"", buf_text(hex));
}

struct answer *answer_new(struct bytes body, const struct ocsp_cert_id *id, const char *ca_id)
{
    size_t id_len = id ? id->der.len : 0;
    struct answer *answer = memory_new(sizeof *answer + body.len + id_len);
    uint8_t *octets = (uint8_t *)(answer + 1);
    memcpy(octets, body.data, body.len);
    answer->body = (struct bytes){ octets, body.len };
    if (id) {
        memcpy(octets + body.len, id->der.data, id_len);
        answer->cert_id = (struct bytes){ octets + body.len, id_len };
        size_t serial_at = (size_t)(id->serial.data - id->der.data);
        answer->serial = (struct bytes){ answer->cert_id.data + serial_at, id->serial.len };
    }
    snprintf(answer->ca_id, sizeof answer->ca_id, "%s", ca_id);
    set_etag(answer);
    atomic_init(&answer->references, 1);
    return answer;
}

struct answer *answer_hold(struct answer *answer)
{
    atomic_fetch_add_explicit(&answer->references, 1, memory_order_relaxed);
    return answer;
}

void answer_release(struct answer *answer)
{
    if (answer && atomic_fetch_sub_explicit(&answer->references, 1, memory_order_acq_rel) == 1)
        memory_free(answer);
}

struct answer_cache *answer_cache_new(size_t octets_max)
{
    struct answer_cache *cache = memory_new(sizeof *cache);
    cache->shard_octets_max = octets_max / SHARDS;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        TAILQ_INIT(&cache->shards[i].uses);
    }
    return cache;
}

void answer_cache_free(struct answer_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        while (!TAILQ_EMPTY(&shard->uses))
            drop(shard, TAILQ_FIRST(&shard->uses));
        pthread_mutex_destroy(&shard->lock);
    }
    memory_free(cache);
}

struct answer *answer_cache_find(struct answer_cache *cache, const struct ocsp_cert_id *id,
                                 const char *ca_id, time_t now)
{
    uint64_t hash = hash_of(id->serial);
    struct shard *shard = shard_of(cache, hash);
    pthread_mutex_lock(&shard->lock);
    struct answer *answer = find(bucket_of(shard, hash), id->der);
    if (answer && may_serve(answer, ca_id, now)) {
        TAILQ_REMOVE(&shard->uses, answer, by_use);
        TAILQ_INSERT_HEAD(&shard->uses, answer, by_use);
        answer_hold(answer);
    } else {
        answer = NULL;
    }
    pthread_mutex_unlock(&shard->lock);
    return answer;
}

void answer_cache_put(struct answer_cache *cache, struct answer *answer, uint64_t epoch,
                      answer_epoch_fn *now_epoch, const void *context)
{
    uint64_t hash = hash_of(answer->serial);
    struct shard *shard = shard_of(cache, hash);
    if (answer->cert_id.len == 0 || octets_of(answer) > cache->shard_octets_max)
        return;
    pthread_mutex_lock(&shard->lock);
    /* Inside the lock: whoever raises the epoch later cleans this shard after us. */
    if (now_epoch(context) == epoch) {
        struct bucket *bucket = bucket_of(shard, hash);
        struct answer *old = find(bucket, answer->cert_id);
        if (old)
            drop(shard, old);
        answer->refresh_at = answer->this_update + (answer->next_update - answer->this_update) / 2;
        answer_hold(answer); /* not inside the macro, which evaluates its argument often */
        LIST_INSERT_HEAD(bucket, answer, same_bucket);
        TAILQ_INSERT_HEAD(&shard->uses, answer, by_use);
        shard->octets += octets_of(answer);
        while (shard->octets > cache->shard_octets_max)
            drop(shard, TAILQ_LAST(&shard->uses, uses));
    }
    pthread_mutex_unlock(&shard->lock);
}

static bool is_about(const struct answer *answer, const char *ca_id, struct bytes serial)
{
    return strcmp(answer->ca_id, ca_id) == 0 &&
           (serial.len == 0 || bytes_equal(answer->serial, serial));
}

static void drop_serial(struct answer_cache *cache, const char *ca_id, struct bytes serial)
{
    uint64_t hash = hash_of(serial);
    struct shard *shard = shard_of(cache, hash);
    pthread_mutex_lock(&shard->lock);
    struct answer *answer = LIST_FIRST(bucket_of(shard, hash));
    while (answer) {
        struct answer *next = LIST_NEXT(answer, same_bucket);
        if (is_about(answer, ca_id, serial))
            drop(shard, answer);
        answer = next;
    }
    pthread_mutex_unlock(&shard->lock);
}

static void drop_all(struct shard *shard, const char *ca_id)
{
    pthread_mutex_lock(&shard->lock);
    struct answer *answer = TAILQ_FIRST(&shard->uses);
    while (answer) {
        struct answer *next = TAILQ_NEXT(answer, by_use);
        if (is_about(answer, ca_id, BYTES_NONE))
            drop(shard, answer);
        answer = next;
    }
    pthread_mutex_unlock(&shard->lock);
}

void answer_cache_drop(struct answer_cache *cache, const char *ca_id, struct bytes serial)
{
    if (serial.len) {
        drop_serial(cache, ca_id, serial);
        return;
    }
    for (size_t i = 0; i < SHARDS; i++)
        drop_all(&cache->shards[i], ca_id);
}

size_t answer_cache_octets(struct answer_cache *cache)
{
    size_t octets = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&cache->shards[i].lock);
        octets += cache->shards[i].octets;
        pthread_mutex_unlock(&cache->shards[i].lock);
    }
    return octets;
}
