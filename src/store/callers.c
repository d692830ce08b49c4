#include "store/callers.h"

#include "base/arena.h"
#include "base/error.h"
#include "model/application.h"
#include "store/keep.h"
#include "store/select.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement live_token_keys = {
    "SELECT key_id, created_at, ends_at FROM token_keys WHERE ends_at = 0 OR ends_at > $1"
    " ORDER BY created_at DESC, key_id",
    "i"
};
static const struct statement insert_token_key = {
    "INSERT INTO token_keys (key_id, created_at, ends_at) VALUES ($1, $2, 0)", "ti"
};
static const struct statement retire_token_keys = {
    "UPDATE token_keys SET ends_at = $2 WHERE key_id <> $1 AND ends_at = 0", "ti"
};
static const struct statement ended_token_key = {
    "SELECT key_id FROM token_keys WHERE ends_at <> 0 AND ends_at <= $1 LIMIT 1", "i"
};
static const struct statement delete_token_key = { "DELETE FROM token_keys WHERE key_id = $1",
                                                   "t" };
static const struct statement delete_application = {
    "DELETE FROM applications WHERE tenant_id = $1 AND id = $2", "tt"
};
static const struct statement delete_secrets = {
    "DELETE FROM application_secrets WHERE tenant_id = $1 AND application_id = $2", "tt"
};
static const struct statement insert_secret = {
    "INSERT INTO application_secrets (id, tenant_id, application_id, secret_mac, begins_at,"
    " ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
    "tttbii"
};
static const struct statement delete_secret = {
    "DELETE FROM application_secrets WHERE tenant_id = $1 AND id = $2", "tt"
};
static const struct statement find_secret = {
    "SELECT id FROM application_secrets WHERE tenant_id = $1 AND application_id = $2"
    " AND secret_mac = $3 AND begins_at <= $4 AND ends_at > $4",
    "ttbi"
};
static const struct statement use_assertion = {
    "INSERT INTO client_assertions (hash, tenant_id, ends_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (hash) DO NOTHING",
    "bti"
};
static const struct statement purge_assertions = {
    "DELETE FROM client_assertions WHERE ends_at < $1", "i"
};

const struct statement *const caller_statements[] = {
    &live_token_keys,
    &insert_token_key,
    &retire_token_keys,
    &ended_token_key,
    &delete_token_key,
    &delete_application,
    &delete_secrets,
    &insert_secret,
    &delete_secret,
    &find_secret,
    &use_assertion,
    &purge_assertions,
    NULL,
};

struct token_key_walk {
    token_key_fn *each;
    void *context;
};

static bool pass_token_key(const struct row *row, void *context, struct error *err)
{
    const struct token_key_walk *walk = context;
    const struct token_key_row key = { row_text(row, 0), row_int(row, 1), row_int(row, 2) };
    return walk->each(&key, walk->context, err);
}

bool token_keys_each(struct session *session, time_t now, token_key_fn *each, void *context,
                     struct error *err)
{
    struct token_key_walk walk = { each, context };
    return session_query(session, &live_token_keys, VALUES(V_INT(now)), pass_token_key, &walk, err);
}

bool token_keys_insert(struct session *session, const char *key_id, time_t now, struct error *err)
{
    return session_execute(session, &insert_token_key, VALUES(V_TEXT(key_id), V_INT(now)), err);
}

bool token_keys_retire_others(struct session *session, const char *key_id, time_t ends_at,
                              struct error *err)
{
    return session_execute(session, &retire_token_keys, VALUES(V_TEXT(key_id), V_INT(ends_at)),
                           err);
}

bool token_keys_ended(struct session *session, time_t now, struct arena *arena, const char **key_id,
                      struct error *err)
{
    struct kept_text kept = { arena, NULL };
    if (!session_query(session, &ended_token_key, VALUES(V_INT(now)), keep_text, &kept, err))
        return false;
    *key_id = kept.text;
    return true;
}

bool token_keys_delete(struct session *session, const char *key_id, struct error *err)
{
    return session_execute(session, &delete_token_key, VALUES(V_TEXT(key_id)), err);
}

bool applications_find(struct session *session, const char *tenant_id, const char *app_id,
                       struct arena *arena, struct application *out, struct error *err)
{
    const struct query query = {
        .entity = &application_entity,
        .tenant_id = tenant_id,
        .fixed = { { "app_id", V_TEXT(app_id) } },
        .fixed_count = 1,
    };
    bool found = false;
    return select_first(session, &query, arena, out, &found, err) &&
           (found || fail(err, ERR_NOT_FOUND, "there is no such application"));
}

bool applications_delete(struct session *session, const char *tenant_id, const char *id,
                         struct error *err)
{
    static const struct expectation one = { 1, ERR_NOT_FOUND, "there is no such application" };
    return session_execute(session, &delete_secrets, VALUES(V_TEXT(tenant_id), V_TEXT(id)), err) &&
           session_expect(session, &delete_application, VALUES(V_TEXT(tenant_id), V_TEXT(id)), &one,
                          err);
}

bool application_secrets_insert(struct session *session, const struct application_secret *secret,
                                struct error *err)
{
    return session_execute(session, &insert_secret,
                           VALUES(V_TEXT(secret->id), V_TEXT(secret->tenant_id),
                                  V_TEXT(secret->application_id), V_BLOB(secret->mac),
                                  V_INT(secret->begins_at), V_INT(secret->ends_at)),
                           err);
}

bool application_secrets_delete(struct session *session, const char *tenant_id, const char *id,
                                struct error *err)
{
    return session_execute(session, &delete_secret, VALUES(V_TEXT(tenant_id), V_TEXT(id)), err);
}

bool application_secrets_fit(struct session *session, const char *tenant_id,
                             const char *application_id, struct bytes mac, time_t now, bool *fits,
                             struct error *err)
{
    *fits = false;
    return session_query(session, &find_secret,
                         VALUES(V_TEXT(tenant_id), V_TEXT(application_id), V_BLOB(mac), V_INT(now)),
                         note_row, fits, err);
}

bool client_assertions_use(struct session *session, const char *tenant_id, struct bytes hash,
                           time_t ends_at, struct error *err)
{
    static const struct expectation first = { 1, ERR_UNAUTHENTICATED,
                                              "the assertion was used before" };
    return session_expect(session, &use_assertion,
                          VALUES(V_BLOB(hash), V_TEXT(tenant_id), V_INT(ends_at)), &first, err);
}

bool client_assertions_purge(struct session *session, time_t now, struct error *err)
{
    return session_execute(session, &purge_assertions, VALUES(V_INT(now)), err);
}
