/*
 * document - one thing that cdp/ serves, counted, and the cache of those in memory.
 *
 * The cache is bounded in documents and octets; when it is full it starts anew. Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdint.h>
#include <time.h>

enum document_kind { DOCUMENT_CRL, DOCUMENT_DELTA, DOCUMENT_CERTIFICATE, DOCUMENT_CHAIN };

struct document_key {
    enum document_kind kind;
    int64_t version;
    char ca_id[37];
};

struct document {
    struct document_key key;
    char crl_id[37]; /* of lists */
    char etag[80];   /* with its quotes */
    time_t last_modified;
    time_t expires_at; /* 0: not by the clock */
    uint64_t size;
    struct buf *body;    /* NULL: streamed from the database */
    int64_t checked_ms;  /* when it was last held against the database; under the cache's lock */
    unsigned references; /* atomic */
};

struct document *document_new(const struct document_key *key);
struct document *document_hold(struct document *document);
void document_release(struct document *document);
DEFINE_SCOPED(struct document *, document_release)

struct document_cache;

struct document_cache *document_cache_new(void);
void document_cache_free(struct document_cache *cache);
DEFINE_SCOPED(struct document_cache *, document_cache_free)

/* A reference, NULL when there is none. *age_ms says how long ago it was checked. */
struct document *document_cache_find(struct document_cache *cache, const struct document_key *key,
                                     int64_t now_ms, int64_t *age_ms);

/* Takes a reference of its own; replaces what has the same key. */
void document_cache_put(struct document_cache *cache, struct document *document, int64_t now_ms);
