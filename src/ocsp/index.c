#include "ocsp/index.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/times.h"
#include "model/ca.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/certificate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After a rebuild that took t ms the next one waits for t times this, and no less than the least.
 */
enum { REST_FACTOR = 10, REST_MS_MIN = 20, HASH_OCTETS_MAX = 32, ENTRIES_FIRST = 16 };

struct entry {
    uint8_t hash[HASH_OCTETS_MAX]; /* of the key; zeros behind a SHA-1 */
    size_t hash_len;
    struct index_row row;
};

struct table {
    struct entry *entries; /* in the order of compare */
    size_t count;
    size_t room;
};

struct index {
    struct store *store;
    pthread_rwlock_t lock; /* guards table */
    struct table table;
    pthread_mutex_t rebuilding; /* guards next_ms */
    int64_t next_ms;
};

static int compare(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->hash_len != right->hash_len)
        return left->hash_len < right->hash_len ? -1 : 1;
    return memcmp(left->hash, right->hash, HASH_OCTETS_MAX);
}

static void add(struct table *table, enum digest digest, struct bytes key,
                const struct ca_version *version)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    if (!digest_of(digest, key, octets))
        return;
    if (table->count == table->room) {
        table->room = table->room ? 2 * table->room : ENTRIES_FIRST;
        table->entries = memory_resize(table->entries, table->room * sizeof *table->entries);
    }
    struct entry *entry = &table->entries[table->count++];
    *entry = (struct entry){ .hash_len = digest_octets(digest), .row.number = version->number };
    memcpy(entry->hash, octets, entry->hash_len);
    snprintf(entry->row.ca_id, sizeof entry->row.ca_id, "%s", version->ca_id);
}

/* What cannot be read is not found: one bad row hides no other. */
static bool add_version(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error ignored = { .code = ERR_NONE };
    struct certificate certificate;
    if (!certificate_parse(version->certificate, arena, &certificate, &ignored))
        return true;
    add(context, DIGEST_SHA1, certificate.spki.key, version);
    add(context, DIGEST_SHA256, certificate.spki.key, version);
    return true;
}

static bool build(struct index *index, struct table *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(index->store, err);
    if (!session || !ca_versions_each(session, arena, add_version, out, err))
        return false;
    if (out->count)
        qsort(out->entries, out->count, sizeof *out->entries, compare);
    return true;
}

/* Whoever waits here for another's rebuild has its result. false only when the database failed. */
static bool rebuild(struct index *index, int64_t now_ms, struct error *err)
{
    struct table table = { NULL, 0, 0 };
    pthread_mutex_lock(&index->rebuilding);
    bool is_time = now_ms >= index->next_ms;
    bool is_done = is_time && build(index, &table, err);
    if (is_time) {
        int64_t end_ms = times_monotonic_ms();
        int64_t rest = (end_ms - now_ms) * REST_FACTOR;
        index->next_ms = end_ms + (rest > REST_MS_MIN ? rest : REST_MS_MIN);
    }
    if (is_done) {
        pthread_rwlock_wrlock(&index->lock);
        struct table old = index->table;
        index->table = table;
        table = old;
        pthread_rwlock_unlock(&index->lock);
    }
    pthread_mutex_unlock(&index->rebuilding);
    memory_free(table.entries);
    return is_done || !is_time;
}

static bool is_wanted(const struct entry *entry, const struct entry *wanted)
{
    return compare(entry, wanted) == 0 &&
           (!wanted->row.ca_id[0] || strcmp(entry->row.ca_id, wanted->row.ca_id) == 0);
}

/* Where a key stands in several versions, the first of the CA asked for. */
static bool look_up(struct index *index, const struct entry *wanted, struct index_row *out)
{
    bool found = false;
    pthread_rwlock_rdlock(&index->lock);
    const struct table *table = &index->table;
    const struct entry *entry =
        table->count ? bsearch(wanted, table->entries, table->count, sizeof *wanted, compare)
                     : NULL;
    while (entry && entry > table->entries && compare(entry - 1, wanted) == 0)
        entry--;
    for (; entry && entry < table->entries + table->count && compare(entry, wanted) == 0; entry++)
        if (!found && is_wanted(entry, wanted)) {
            *out = entry->row;
            found = true;
        }
    pthread_rwlock_unlock(&index->lock);
    return found;
}

struct index *index_new(struct store *store)
{
    struct index *index = memory_new(sizeof *index);
    index->store = store;
    pthread_rwlock_init(&index->lock, NULL);
    pthread_mutex_init(&index->rebuilding, NULL);
    return index;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    pthread_rwlock_destroy(&index->lock);
    pthread_mutex_destroy(&index->rebuilding);
    memory_free(index->table.entries);
    memory_free(index);
}

bool index_find(struct index *index, const struct ocsp_cert_id *id, const char *ca_id,
                int64_t now_ms, struct index_row *out, bool *found, struct error *err)
{
    struct entry wanted = { .hash_len = id->key_hash.len };
    *found = false;
    if (id->digest == DIGEST_NONE || id->key_hash.len != digest_octets(id->digest))
        return true;
    memcpy(wanted.hash, id->key_hash.data, id->key_hash.len);
    snprintf(wanted.row.ca_id, sizeof wanted.row.ca_id, "%s", ca_id);
    *found = look_up(index, &wanted, out);
    if (*found)
        return true;
    if (!rebuild(index, now_ms, err))
        return false;
    *found = look_up(index, &wanted, out);
    return true;
}
