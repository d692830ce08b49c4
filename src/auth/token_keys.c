#include "auth/token_keys.h"

#include "auth/claims.h"
#include "auth/jwk.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "keys/keys.h"
#include "store/callers.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/spki.h"

#include <pthread.h>
#include <string.h>

enum { HELD_MAX = 8, LAST_TOKEN_S = 24 * 3600 + CLAIMS_LEEWAY_S };

/* The public half of one; what verifying needs. */
struct held {
    char id[KEY_ID_OCTETS];
    time_t ends_at; /* 0: none yet */
    EVP_PKEY *key;
};

struct token_keys {
    struct store *store;
    struct keys *keys;
    pthread_mutex_t lock; /* of the three below */
    struct held held[HELD_MAX];
    size_t count;
    time_t looked_at;
};

struct key_list {
    struct token_key_row rows[HELD_MAX];
    char ids[HELD_MAX][KEY_ID_OCTETS];
    size_t count;
};

static bool keep_row(const struct token_key_row *row, void *context, struct error *err)
{
    struct key_list *list = context;
    if (!text_is_uuid(row->key_id))
        return fail(err, ERR_INTERNAL, "token: a row of token_keys does not name a key");
    if (list->count == HELD_MAX)
        return true;
    memcpy(list->ids[list->count], row->key_id, KEY_ID_OCTETS);
    list->rows[list->count] = *row;
    list->rows[list->count].key_id = list->ids[list->count];
    list->count++;
    return true;
}

static bool read_list(struct token_keys *token_keys, time_t now, struct key_list *out,
                      struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(token_keys->store, err);
    return session && token_keys_each(session, now, keep_row, out, err);
}

/* The first one that may sign: the newest. */
static const struct token_key_row *signer_of(const struct key_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].ends_at == 0)
            return &list->rows[i];
    return NULL;
}

/* ---- verifying ---- */

static EVP_PKEY *find_held(struct token_keys *token_keys, const char *key_id, time_t now)
{
    EVP_PKEY *key = NULL;
    pthread_mutex_lock(&token_keys->lock);
    for (size_t i = 0; i < token_keys->count && !key; i++) {
        const struct held *held = &token_keys->held[i];
        if (text_equal(held->id, key_id) && (held->ends_at == 0 || held->ends_at > now))
            key = held->key;
    }
    if (key)
        EVP_PKEY_up_ref(key);
    pthread_mutex_unlock(&token_keys->lock);
    return key;
}

/* Made-up names shall not cost a read each. */
static bool may_look_again(struct token_keys *token_keys, time_t now)
{
    pthread_mutex_lock(&token_keys->lock);
    bool may = token_keys->count == 0 || token_keys->looked_at != now;
    token_keys->looked_at = now;
    pthread_mutex_unlock(&token_keys->lock);
    return may;
}

static EVP_PKEY *public_half(struct token_keys *token_keys, const char *key_id, struct error *err)
{
    SCOPED(key_free) struct key *key = keys_get(token_keys->keys, key_id, KEY_TOKEN, err);
    struct spki spki;
    if (!key || !spki_parse(key_spki(key), &spki, err))
        return NULL;
    if (spki.type != KEY_P256)
        return fail_null(err, ERR_INTERNAL, "token: the token key is not P-256");
    return spki_to_pkey(&spki, err);
}

static void clear_held(struct token_keys *token_keys)
{
    for (size_t i = 0; i < token_keys->count; i++)
        EVP_PKEY_free(token_keys->held[i].key);
    token_keys->count = 0;
}

static bool look_again(struct token_keys *token_keys, time_t now, struct error *err)
{
    struct key_list list = { .count = 0 };
    struct held held[HELD_MAX] = { 0 };
    size_t count = 0;
    if (!read_list(token_keys, now, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct error missing = { 0 }; /* one key that cannot be read shall not stop the others */
        held[count].key = public_half(token_keys, list.ids[i], &missing);
        if (!held[count].key)
            continue;
        memcpy(held[count].id, list.ids[i], KEY_ID_OCTETS);
        held[count++].ends_at = list.rows[i].ends_at;
    }
    pthread_mutex_lock(&token_keys->lock);
    clear_held(token_keys);
    memcpy(token_keys->held, held, sizeof held);
    token_keys->count = count;
    pthread_mutex_unlock(&token_keys->lock);
    return true;
}

/* ---- making one ---- */

/* replaced: the signer seen before; chosen: the one that stands after the write. */
struct new_key {
    struct key_row row;
    const char *replaced;
    char chosen[KEY_ID_OCTETS];
    time_t now;
};

/* Two processes may both see that one is due: who comes second takes the first one's. */
static bool store_new_key(struct session *session, void *context, struct error *err)
{
    struct new_key *new_key = context;
    struct key_list list = { .count = 0 };
    if (!token_keys_each(session, new_key->now, keep_row, &list, err))
        return false;
    const struct token_key_row *signer = signer_of(&list);
    if (signer && !text_equal(signer->key_id, new_key->replaced)) {
        memcpy(new_key->chosen, signer->key_id, KEY_ID_OCTETS);
        return true;
    }
    memcpy(new_key->chosen, new_key->row.id, KEY_ID_OCTETS);
    return keys_insert(session, &new_key->row, err) &&
           token_keys_insert(session, new_key->row.id, new_key->now, err) &&
           token_keys_retire_others(session, new_key->row.id, new_key->now + LAST_TOKEN_S, err);
}

static bool make_key(struct token_keys *token_keys, const char *tenant_id, const char *replaced,
                     time_t now, char out[KEY_ID_OCTETS], struct error *err)
{
    struct key_record record = { 0 };
    if (!keys_generate(token_keys->keys, KEY_P256, KEY_TOKEN, &record, err))
        return false;
    struct new_key new_key = { .row = { .id = record.id,
                                        .tenant_id = tenant_id,
                                        .purpose = key_purpose_text(KEY_TOKEN),
                                        .type = key_type_text(KEY_P256),
                                        .spki = buf_bytes(record.spki),
                                        .private_sealed = buf_bytes(record.sealed),
                                        .created_at = now },
                               .replaced = replaced,
                               .now = now };
    bool is_stored = store_write(token_keys->store, store_new_key, &new_key, err);
    memcpy(out, new_key.chosen, KEY_ID_OCTETS);
    key_record_clear(&record);
    return is_stored;
}

/* ---- ending one ---- */

static bool destroy_key(struct session *session, void *context, struct error *err)
{
    const char *key_id = context;
    return token_keys_delete(session, key_id, err) && keys_destroy(session, key_id, err);
}

static bool destroy_ended(struct token_keys *token_keys, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(token_keys->store, err);
    const char *key_id = NULL;
    if (!session || !token_keys_ended(session, now, arena, &key_id, err))
        return false;
    if (!key_id)
        return true;
    keys_forget(token_keys->keys, key_id);
    return store_write(token_keys->store, destroy_key, arena_text(arena, key_id), err);
}

struct token_keys *token_keys_new(struct store *store, struct keys *keys)
{
    struct token_keys *token_keys = memory_new(sizeof *token_keys);
    token_keys->store = store;
    token_keys->keys = keys;
    pthread_mutex_init(&token_keys->lock, NULL);
    return token_keys;
}

void token_keys_free(struct token_keys *token_keys)
{
    if (!token_keys)
        return;
    clear_held(token_keys);
    pthread_mutex_destroy(&token_keys->lock);
    memory_free(token_keys);
}

struct key *token_keys_signer(struct token_keys *token_keys, const char *tenant_id, time_t now,
                              struct error *err)
{
    char id[KEY_ID_OCTETS];
    struct key_list list = { .count = 0 };
    if (!read_list(token_keys, now, &list, err))
        return NULL;
    const struct token_key_row *signer = signer_of(&list);
    if (!signer && !make_key(token_keys, tenant_id, NULL, now, id, err))
        return NULL;
    return keys_get(token_keys->keys, signer ? signer->key_id : id, KEY_TOKEN, err);
}

EVP_PKEY *token_keys_find(struct token_keys *token_keys, const char *key_id, time_t now,
                          struct error *err)
{
    EVP_PKEY *key = find_held(token_keys, key_id, now);
    if (!key && text_is_uuid(key_id) && may_look_again(token_keys, now)) {
        if (!look_again(token_keys, now, err))
            return NULL;
        key = find_held(token_keys, key_id, now);
    }
    return key ? key : fail_null(err, ERR_UNAUTHENTICATED, "token: kid is not a key of ours");
}

bool token_keys_write_set(struct token_keys *token_keys, time_t now, struct buf *out,
                          struct error *err)
{
    struct key_list list = { .count = 0 };
    if (!read_list(token_keys, now, &list, err))
        return false;
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "keys");
    json_open_array(&writer);
    for (size_t i = 0; i < list.count; i++) {
        SCOPED(key_free)
        struct key *key = keys_get(token_keys->keys, list.ids[i], KEY_TOKEN, err);
        struct spki spki;
        if (!key || !spki_parse(key_spki(key), &spki, err))
            return false;
        jwk_write(list.ids[i], &spki, &writer);
    }
    json_close_array(&writer);
    json_close_object(&writer);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "token: the key set does not fit");
}

bool token_keys_rotate(struct token_keys *token_keys, const char *tenant_id, int lifetime_s,
                       time_t now, struct error *err)
{
    char id[KEY_ID_OCTETS];
    struct key_list list = { .count = 0 };
    if (!read_list(token_keys, now, &list, err))
        return false;
    const struct token_key_row *signer = signer_of(&list);
    if (signer && signer->created_at <= now - lifetime_s &&
        !make_key(token_keys, tenant_id, signer->key_id, now, id, err))
        return false;
    return destroy_ended(token_keys, now, err);
}
