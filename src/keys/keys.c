#include "keys/keys.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "keys/generator.h"
#include "keys/seal.h"
#include "keys/software.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SETS = 1024, WAYS = 8, CONTEXT_OCTETS_MAX = 128 };

struct key {
    atomic_uint references;
    char id[KEY_ID_OCTETS];
    enum key_type type;
    enum key_purpose purpose;
    struct buf *spki;
    struct software *software;
};

/* The cache is SETS sets of WAYS keys, newest first; a set that is full drops its oldest. Only
 * the pointers are guarded: a key never changes, and whoever holds one has a reference. */
struct keys {
    struct seal *seal;
    struct generator *generator;
    bool (*load)(void *context, const char *id, struct key_record *out, struct error *err);
    void *context;
    pthread_rwlock_t lock;
    struct key *cache[SETS][WAYS];
};

static const char *const purpose_texts[KEY_PURPOSE_COUNT] = {
    [KEY_PURPOSE_NONE] = "none",     [KEY_CA] = "ca",   [KEY_RA] = "ra",
    [KEY_RESPONDER] = "responder",   [KEY_TLS] = "tls", [KEY_TOKEN] = "token",
    [KEY_INSPECTION] = "inspection",
};

DEFINE_SCOPED(struct key_record *, key_record_clear)

/* The private half is bound to these; neither can hold the separator. */
static struct bytes wrap_context(const char *id, enum key_purpose purpose,
                                 char room[CONTEXT_OCTETS_MAX])
{
    int len = snprintf(room, CONTEXT_OCTETS_MAX, "%s|%s", id, purpose_texts[purpose]);
    return (struct bytes){ (const uint8_t *)room, (size_t)len };
}

static struct key **set_of(struct keys *keys, const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a; ids are ours, so nobody aims at one set */
    for (const char *p = id; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    return keys->cache[hash % SETS];
}

/* A lock is held. */
static struct key *find_cached(struct key **set, const char *id)
{
    for (size_t i = 0; i < WAYS && set[i]; i++)
        if (text_equal(set[i]->id, id))
            return set[i];
    return NULL;
}

static struct key *reference(struct key *key)
{
    if (key)
        atomic_fetch_add_explicit(&key->references, 1, memory_order_relaxed);
    return key;
}

static struct key *get_cached(struct keys *keys, const char *id)
{
    pthread_rwlock_rdlock(&keys->lock);
    struct key *key = reference(find_cached(set_of(keys, id), id));
    pthread_rwlock_unlock(&keys->lock);
    return key;
}

/* Takes key. When two threads loaded the same one, the first stays and both get it. */
static struct key *put_cached(struct keys *keys, struct key *key)
{
    pthread_rwlock_wrlock(&keys->lock);
    struct key **set = set_of(keys, key->id);
    struct key *cached = find_cached(set, key->id);
    struct key *dropped = cached ? key : set[WAYS - 1];
    if (!cached) {
        memmove(set + 1, set, (WAYS - 1) * sizeof *set);
        set[0] = cached = key;
    }
    reference(cached);
    pthread_rwlock_unlock(&keys->lock);
    key_free(dropped);
    return cached;
}

static struct key *open_record(const struct keys *keys, const char *id,
                               const struct key_record *record, struct error *err)
{
    char room[CONTEXT_OCTETS_MAX];
    SCOPED(secret_free)
    struct secret *private =
        seal_open(keys->seal, SEAL_KEYS, wrap_context(id, record->purpose, room),
                  buf_bytes(record->sealed), err);
    if (!private) {
        error_context(err, "the master key does not open key %s", id);
        return NULL;
    }
    struct software *software =
        software_load(record->type, secret_bytes(private), buf_bytes(record->spki), err);
    if (!software) {
        error_context(err, "key %s", id);
        return NULL;
    }
    struct key *key = memory_new(sizeof *key);
    atomic_init(&key->references, 1);
    snprintf(key->id, sizeof key->id, "%s", id);
    key->type = record->type;
    key->purpose = record->purpose;
    key->spki = buf_copy(buf_bytes(record->spki));
    key->software = software;
    return key;
}

static struct key *load_key(struct keys *keys, const char *id, struct error *err)
{
    struct key_record record = { .type = KEY_TYPE_NONE };
    SCOPED(key_record_clear) struct key_record *owned = &record;
    if (!keys->load(keys->context, id, owned, err))
        return NULL;
    if (!record.sealed || !record.spki || record.type <= KEY_TYPE_NONE ||
        record.type >= KEY_TYPE_COUNT || record.purpose <= KEY_PURPOSE_NONE ||
        record.purpose >= KEY_PURPOSE_COUNT)
        return fail_null(err, ERR_INTERNAL, "key %s: its record is incomplete", id);
    struct key *key = open_record(keys, id, &record, err);
    return key ? put_cached(keys, key) : NULL;
}

static bool make_pair(struct keys *keys, enum key_type type, struct key_pair *out,
                      struct error *err)
{
    /* An EC key takes less than a millisecond and need not stand behind RSA ones of seconds. */
    return key_type_is_rsa(type) ? generator_run(keys->generator, type, out, err)
                                 : software_make(type, out, err);
}

/* RFC 6960 §4.2.2.2: the CA may sign OCSP answers itself. No other purpose has a deputy. */
static bool may_serve(const struct key *key, enum key_purpose purpose)
{
    return key->purpose == purpose || (key->purpose == KEY_CA && purpose == KEY_RESPONDER);
}

static bool may_sign(const struct key *key, enum digest digest, struct bytes octets,
                     struct error *err)
{
    if (digest <= DIGEST_NONE || digest >= DIGEST_COUNT || octets.len != digest_octets(digest))
        return fail(err, ERR_INTERNAL, "key %s: %zu octets are no digest to sign", key->id,
                    octets.len);
    if (digest == DIGEST_SHA1 && key->purpose != KEY_RA)
        return fail(err, ERR_WEAK_ALGORITHM, "key %s: a %s key does not sign SHA-1", key->id,
                    purpose_texts[key->purpose]);
    return true;
}

const char *key_purpose_text(enum key_purpose purpose)
{
    return purpose_texts[purpose];
}

enum key_purpose key_purpose_from_text(const char *text)
{
    for (size_t i = KEY_PURPOSE_NONE + 1; i < KEY_PURPOSE_COUNT; i++)
        if (text_equal(text, purpose_texts[i]))
            return (enum key_purpose)i;
    return KEY_PURPOSE_NONE;
}

void key_record_clear(struct key_record *record)
{
    buf_free(record->spki);
    buf_free(record->sealed);
    *record = (struct key_record){ .type = KEY_TYPE_NONE };
}

struct keys *keys_new(const struct keys_options *options, struct error *err)
{
    if (options->master_key.len != MASTER_KEY_OCTETS)
        return fail_null(err, ERR_INTERNAL, "the master key has %zu octets instead of %d",
                         options->master_key.len, MASTER_KEY_OCTETS);
    struct seal *seal = seal_new(options->master_key, err);
    if (!seal)
        return NULL;
    struct keys *keys = memory_new(sizeof *keys);
    keys->seal = seal;
    keys->load = options->load;
    keys->context = options->context;
    keys->generator =
        generator_new(software_make, options->generator_queue_max, options->generator_wait_s);
    pthread_rwlock_init(&keys->lock, NULL);
    return keys;
}

void keys_free(struct keys *keys)
{
    if (!keys)
        return;
    generator_free(keys->generator);
    for (size_t set = 0; set < SETS; set++)
        for (size_t way = 0; way < WAYS; way++)
            key_free(keys->cache[set][way]);
    pthread_rwlock_destroy(&keys->lock);
    seal_free(keys->seal);
    memory_free(keys);
}

bool keys_generate(struct keys *keys, enum key_type type, enum key_purpose purpose,
                   struct key_record *out, struct error *err)
{
    struct key_pair pair = { NULL, NULL };
    if (!make_pair(keys, type, &pair, err))
        return false;
    struct key_record record = { .type = type, .purpose = purpose };
    random_uuid(record.id);
    record.spki = TAKE(pair.spki);
    record.sealed = buf_new(KEY_SEALED_OCTETS_MAX);
    char room[CONTEXT_OCTETS_MAX];
    bool ok = seal_close(keys->seal, SEAL_KEYS, wrap_context(record.id, purpose, room),
                         secret_bytes(pair.private), record.sealed, err);
    key_pair_clear(&pair);
    if (ok)
        *out = record;
    else
        key_record_clear(&record);
    return ok;
}

struct key *keys_open(struct keys *keys, const struct key_record *record, struct error *err)
{
    return open_record(keys, record->id, record, err);
}

struct key *keys_get(struct keys *keys, const char *id, enum key_purpose purpose, struct error *err)
{
    if (!text_is_uuid(id))
        return fail_null(err, ERR_NOT_FOUND, "no key has this id");
    SCOPED(key_free) struct key *key = get_cached(keys, id);
    if (!key)
        key = load_key(keys, id, err);
    if (key && !may_serve(key, purpose))
        return fail_null(err, ERR_FORBIDDEN, "key %s is a %s key and may not be used as %s", id,
                         purpose_texts[key->purpose], purpose_texts[purpose]);
    return TAKE(key);
}

void keys_forget(struct keys *keys, const char *id)
{
    pthread_rwlock_wrlock(&keys->lock);
    struct key **set = set_of(keys, id);
    struct key *dropped = find_cached(set, id);
    size_t kept = 0;
    for (size_t i = 0; i < WAYS; i++)
        if (set[i] != dropped)
            set[kept++] = set[i];
    while (kept < WAYS)
        set[kept++] = NULL;
    pthread_rwlock_unlock(&keys->lock);
    key_free(dropped);
}

void key_free(struct key *key)
{
    if (!key || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    buf_free(key->spki);
    software_free(key->software);
    memory_free(key);
}

enum key_type key_type(const struct key *key)
{
    return key->type;
}

struct bytes key_spki(const struct key *key)
{
    return buf_bytes(key->spki);
}

const char *key_id(const struct key *key)
{
    return key->id;
}

bool key_sign(struct key *key, enum digest digest, struct bytes octets, struct buf *out,
              struct error *err)
{
    return may_sign(key, digest, octets, err) &&
           (software_sign(key->software, digest, octets, out, err) ||
            error_context(err, "key %s", key->id));
}

bool key_decrypt(struct key *key, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                 struct error *err)
{
    if (key->purpose != KEY_RA)
        return fail(err, ERR_FORBIDDEN, "key %s is a %s key and may not decrypt", key->id,
                    purpose_texts[key->purpose]);
    if (!key_type_is_rsa(key->type))
        return fail(err, ERR_INTERNAL, "key %s is no RSA key and cannot decrypt", key->id);
    return software_decrypt(key->software, is_oaep, block, out, out_len, err) ||
           error_context(err, "key %s", key->id);
}

bool keys_seal(struct keys *keys, const char *context, struct bytes plain, struct buf *out,
               struct error *err)
{
    return seal_close(keys->seal, SEAL_SECRETS, bytes_of_text(context), plain, out, err) ||
           error_context(err, "%s", context);
}

struct secret *keys_unseal(struct keys *keys, const char *context, struct bytes sealed,
                           struct error *err)
{
    struct secret *secret =
        seal_open(keys->seal, SEAL_SECRETS, bytes_of_text(context), sealed, err);
    if (!secret)
        error_context(err, "the master key does not open %s", context);
    return secret;
}

void keys_mac(struct keys *keys, const char *context, struct bytes data, uint8_t out[32])
{
    seal_mac(keys->seal, bytes_of_text(context), data, out);
}

struct secret *key_tls_pem(struct key *key, struct error *err)
{
    if (key->purpose != KEY_TLS)
        return fail_null(err, ERR_FORBIDDEN, "key %s is a %s key and does not leave keys/", key->id,
                         purpose_texts[key->purpose]);
    return software_pem(key->software, err);
}
