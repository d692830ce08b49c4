#include "auth/token.h"

#include "auth/auth_internal.h"
#include "auth/claims.h"
#include "auth/jwt.h"
#include "auth/token_cache.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "keys/keys.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/spki.h"

#include <pthread.h>
#include <string.h>

enum { CACHE_PLACES = 1024, LIFETIME_MIN_S = 60, LIFETIME_MAX_S = 24 * 3600 };

static const char key_setting[] = "token_key"; /* its value is the key's id, our kid */

/* What verifying needs: the public half of the current key, read again when a kid is unknown,
 * because another process may have made it. */
struct tokens {
    pthread_mutex_t lock; /* of the four below */
    char key_id[KEY_ID_OCTETS];
    EVP_PKEY *public_key; /* NULL until read */
    time_t looked_at;
    struct token_cache *cache;
};

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)

/* A reference when kid is the key we hold. */
static EVP_PKEY *find_public_key(struct tokens *tokens, const char *key_id)
{
    pthread_mutex_lock(&tokens->lock);
    EVP_PKEY *key = text_equal(tokens->key_id, key_id) ? tokens->public_key : NULL;
    if (key)
        EVP_PKEY_up_ref(key);
    pthread_mutex_unlock(&tokens->lock);
    return key;
}

/* Once a second at most after the first key: made-up kids shall not cost a read each. */
static bool may_look_again(struct tokens *tokens, time_t now)
{
    pthread_mutex_lock(&tokens->lock);
    bool may = !tokens->public_key || tokens->looked_at != now;
    tokens->looked_at = now;
    pthread_mutex_unlock(&tokens->lock);
    return may;
}

static void hold_public_key(struct tokens *tokens, const char *key_id, EVP_PKEY *key)
{
    pthread_mutex_lock(&tokens->lock);
    EVP_PKEY_free(tokens->public_key);
    EVP_PKEY_up_ref(key);
    tokens->public_key = key;
    memcpy(tokens->key_id, key_id, strlen(key_id) + 1);
    pthread_mutex_unlock(&tokens->lock);
}

/* "" when none was made yet. */
static bool read_key_id(struct session *session, char out[KEY_ID_OCTETS], struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *value = NULL;
    out[0] = '\0';
    if (!settings_get(session, key_setting, arena, &value, err))
        return false;
    if (value && !text_is_uuid(value))
        return fail(err, ERR_INTERNAL, "token: setting %s is not a key's id", key_setting);
    if (value)
        memcpy(out, value, KEY_ID_OCTETS);
    return true;
}

static bool look_up_key_id(struct store *store, char out[KEY_ID_OCTETS], struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(store, err);
    return session && read_key_id(session, out, err);
}

static bool load_public_key(struct auth *auth, const char *key_id, struct error *err)
{
    SCOPED(key_free) struct key *key = keys_get(auth->keys, key_id, KEY_TOKEN, err);
    struct spki spki;
    if (!key || !spki_parse(key_spki(key), &spki, err))
        return false;
    if (spki.type != KEY_P256)
        return fail(err, ERR_INTERNAL, "token: the token key is not P-256");
    SCOPED(EVP_PKEY_free) EVP_PKEY *public_key = spki_to_pkey(&spki, err);
    if (!public_key)
        return false;
    hold_public_key(auth->tokens, key_id, public_key);
    return true;
}

static EVP_PKEY *get_public_key(struct auth *auth, const char *key_id, time_t now,
                                struct error *err)
{
    char current[KEY_ID_OCTETS] = "";
    EVP_PKEY *key = find_public_key(auth->tokens, key_id);
    if (key)
        return key;
    if (text_is_uuid(key_id) && may_look_again(auth->tokens, now)) {
        if (!look_up_key_id(auth->store, current, err))
            return NULL;
        if (text_equal(current, key_id) && !load_public_key(auth, current, err))
            return NULL;
        key = find_public_key(auth->tokens, key_id);
    }
    return key ? key : fail_null(err, ERR_UNAUTHENTICATED, "token: kid is not a key of ours");
}

static bool verify_afresh(struct auth *auth, const char *token, time_t now, struct arena *arena,
                          struct caller *out, struct error *err)
{
    struct jwt jwt;
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = NULL;
    bool is_good = jwt_parse(token, &jwt, err) &&
                   (key = get_public_key(auth, jwt.key_id, now, err)) &&
                   jwt_verify(&jwt, key, err) &&
                   claims_check(jwt.claims, &auth->settings, now, arena, out, err);
    jwt_clear(&jwt);
    return is_good;
}

/* What the write that makes the first key needs; chosen is the key that stands after it. */
struct new_key {
    struct key_row row;
    char chosen[KEY_ID_OCTETS];
};

/* Two processes may both make the first one: the setting decides, the other is dropped. */
static bool store_first_key(struct session *session, void *context, struct error *err)
{
    struct new_key *new_key = context;
    if (!read_key_id(session, new_key->chosen, err))
        return false;
    if (new_key->chosen[0])
        return true;
    memcpy(new_key->chosen, new_key->row.id, KEY_ID_OCTETS);
    return keys_insert(session, &new_key->row, err) &&
           settings_put(session, key_setting, new_key->row.id, err);
}

static bool make_first_key(struct auth *auth, const char *tenant_id, time_t now,
                           char out[KEY_ID_OCTETS], struct error *err)
{
    struct key_record record = { 0 };
    if (!keys_generate(auth->keys, KEY_P256, KEY_TOKEN, &record, err))
        return false;
    struct new_key new_key = { .row = {
                                   .id = record.id,
                                   .tenant_id = tenant_id,
                                   .purpose = key_purpose_text(KEY_TOKEN),
                                   .type = key_type_text(KEY_P256),
                                   .spki = buf_bytes(record.spki),
                                   .private_sealed = buf_bytes(record.sealed),
                                   .created_at = now,
                               } };
    bool is_stored = store_write(auth->store, store_first_key, &new_key, err);
    memcpy(out, new_key.chosen, KEY_ID_OCTETS);
    key_record_clear(&record);
    return is_stored;
}

static struct key *get_signing_key(struct auth *auth, const char *tenant_id, time_t now,
                                   struct error *err)
{
    char id[KEY_ID_OCTETS];
    if (!look_up_key_id(auth->store, id, err))
        return NULL;
    if (!id[0] && !make_first_key(auth, tenant_id, now, id, err))
        return NULL;
    return keys_get(auth->keys, id, KEY_TOKEN, err);
}

/* A scope that holds a blank would read as two. */
static bool check_words(const struct strings *words, const char *what, struct error *err)
{
    if (words->count > CLAIMS_SCOPES_MAX)
        return fail(err, ERR_INVALID, "token: at most %d %ss", CLAIMS_SCOPES_MAX, what);
    for (size_t i = 0; i < words->count; i++)
        if (!*words->items[i] || strlen(words->items[i]) > CLAIMS_TEXT_OCTETS_MAX ||
            strchr(words->items[i], ' ') || text_has_control(words->items[i]))
            return fail(err, ERR_INVALID, "token: a %s is one word of at most %d octets", what,
                        CLAIMS_TEXT_OCTETS_MAX);
    return true;
}

static bool check_request(const struct token_request *request, struct error *err)
{
    if (!text_is_uuid(request->tenant_id))
        return fail(err, ERR_INVALID, "token: the tenant must be a UUID");
    if (!request->subject || !*request->subject || text_has_control(request->subject) ||
        strlen(request->subject) > CLAIMS_TEXT_OCTETS_MAX)
        return fail(err, ERR_INVALID, "token: the subject needs 1 to %d octets",
                    CLAIMS_TEXT_OCTETS_MAX);
    if (request->lifetime_s < LIFETIME_MIN_S || request->lifetime_s > LIFETIME_MAX_S)
        return fail(err, ERR_INVALID, "token: a lifetime is %d to %d seconds", LIFETIME_MIN_S,
                    LIFETIME_MAX_S);
    return check_words(&request->scopes, "scope", err) && check_words(&request->roles, "role", err);
}

static bool sign(struct key *key, struct buf *token, struct error *err)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    if (!digest_of(DIGEST_SHA256, buf_bytes(token), digest))
        return fail(err, ERR_INTERNAL, "token: SHA-256 failed");
    return key_sign(key, DIGEST_SHA256, (struct bytes){ digest, digest_octets(DIGEST_SHA256) },
                    signature, err) &&
           jwt_end(buf_bytes(signature), token, err);
}

struct tokens *tokens_new(void)
{
    struct tokens *tokens = memory_new(sizeof *tokens);
    pthread_mutex_init(&tokens->lock, NULL);
    tokens->cache = token_cache_new(CACHE_PLACES);
    return tokens;
}

void tokens_free(struct tokens *tokens)
{
    if (!tokens)
        return;
    EVP_PKEY_free(tokens->public_key);
    token_cache_free(tokens->cache);
    pthread_mutex_destroy(&tokens->lock);
    memory_free(tokens);
}

bool caller_has_scope(const struct caller *caller, const char *scope)
{
    for (size_t i = 0; i < caller->scopes.count; i++)
        if (text_equal(caller->scopes.items[i], scope))
            return true;
    return false;
}

bool token_verify(struct auth *auth, const char *token, time_t now, struct arena *arena,
                  struct caller *out, struct error *err)
{
    uint8_t hash[DIGEST_OCTETS_MAX];
    size_t len = strnlen(token, TOKEN_OCTETS_MAX + 1);
    if (len > TOKEN_OCTETS_MAX)
        return fail(err, ERR_UNAUTHENTICATED, "token: longer than %d octets", TOKEN_OCTETS_MAX);
    if (!digest_of(DIGEST_SHA256, (struct bytes){ (const uint8_t *)token, len }, hash))
        return fail(err, ERR_INTERNAL, "token: SHA-256 failed");
    if (token_cache_find(auth->tokens->cache, hash, now, arena, out))
        return true;
    if (!verify_afresh(auth, token, now, arena, out, err))
        return false;
    token_cache_put(auth->tokens->cache, hash, out);
    return true;
}

bool token_issue(struct auth *auth, const struct token_request *request, time_t now,
                 struct buf *out, struct error *err)
{
    char id[UUID_TEXT_OCTETS];
    if (!check_request(request, err))
        return false;
    SCOPED(key_free) struct key *key = get_signing_key(auth, request->tenant_id, now, err);
    SCOPED(buf_free) struct buf *claims = buf_new(TOKEN_OCTETS_MAX);
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    if (!key)
        return false;
    random_uuid(id);
    claims_write(request, &auth->settings, id, now, claims);
    jwt_begin(key_id(key), buf_bytes(claims), token);
    if (!sign(key, token, err))
        return false;
    if (!buf_ok(claims) || !buf_ok(token))
        return fail(err, ERR_INVALID, "token: its scopes and roles do not fit %d octets",
                    TOKEN_OCTETS_MAX);
    buf_add(out, buf_bytes(token));
    return true;
}
