/*
 * answer - one signed OCSP response, counted and immutable, and the cache of those.
 *
 * The cache is keyed by the CertID's octets, so a hit needs nothing but the request. Answers lie
 * in shards by serial, each with its own lock, its own list from freshly used to long unused, and
 * its share of the octets allowed; the least used go first. An answer that is past half its life
 * is given to one caller as a miss, who signs anew, while the others go on being served.
 * Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/ocsp.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

enum { ANSWER_ETAG_OCTETS = 35, ANSWER_CA_ID_OCTETS = 37 };

struct answer {
    struct bytes cert_id; /* whole; empty unless it may be cached */
    struct bytes serial;  /* a part of cert_id */
    struct bytes body;    /* the OCSPResponse */
    char ca_id[ANSWER_CA_ID_OCTETS];
    char etag[ANSWER_ETAG_OCTETS]; /* with its quotes */
    time_t this_update;
    time_t next_update;

    /* the cache's own, under its lock */
    LIST_ENTRY(answer) same_bucket;
    TAILQ_ENTRY(answer) by_use;
    time_t refresh_at;
    atomic_uint references;
};

/* Copies body and cert_id; id NULL: not to be cached. */
struct answer *answer_new(struct bytes body, const struct ocsp_cert_id *id, const char *ca_id);
struct answer *answer_hold(struct answer *answer);
void answer_release(struct answer *answer);
DEFINE_SCOPED(struct answer *, answer_release)

struct answer_cache;

struct answer_cache *answer_cache_new(size_t octets_max);
void answer_cache_free(struct answer_cache *cache);
DEFINE_SCOPED(struct answer_cache *, answer_cache_free)

/* A reference, or NULL. ca_id "": of any CA. */
struct answer *answer_cache_find(struct answer_cache *cache, const struct ocsp_cert_id *id,
                                 const char *ca_id, time_t now);

/* Takes a reference of its own, replacing what has the same CertID, unless the epoch has moved:
 * an answer signed before a revocation may not come in after it (pki-rules §6). */
typedef uint64_t answer_epoch_fn(const void *context);
void answer_cache_put(struct answer_cache *cache, struct answer *answer, uint64_t epoch,
                      answer_epoch_fn *now_epoch, const void *context);

/* Drops the answers about one serial, or with an empty one about all of a CA. */
void answer_cache_drop(struct answer_cache *cache, const char *ca_id, struct bytes serial);

size_t answer_cache_octets(struct answer_cache *cache);
