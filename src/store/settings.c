/* Tenants, settings and leases: small tables that the whole installation shares. */
#include "base/arena.h"
#include "base/error.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement insert_tenant = {
    "INSERT INTO tenants (id, tenant_id, name, created_at) VALUES ($1, $1, $2, $3)", "tti"
};
static const struct statement first_tenant = {
    "SELECT id FROM tenants ORDER BY created_at, id LIMIT 1", ""
};
static const struct statement get_setting = { "SELECT value FROM settings WHERE name = $1", "t" };
static const struct statement put_setting = {
    "INSERT INTO settings (name, value) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    "tt"
};
static const struct statement take_lease = {
    "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"
    " WHERE leases.holder = excluded.holder OR leases.expires_at <= $4"
    " RETURNING name",
    "ttii"
};

const struct statement *const setting_statements[] = {
    &insert_tenant, &first_tenant, &get_setting, &put_setting, &take_lease, NULL,
};

bool tenants_insert(struct session *session, const char *id, const char *name, time_t now,
                    struct error *err)
{
    return session_execute(session, &insert_tenant, VALUES(V_TEXT(id), V_TEXT(name), V_INT(now)),
                           err);
}

bool tenants_first(struct session *session, struct arena *arena, const char **id, struct error *err)
{
    struct kept_text kept = { arena, NULL };
    if (!session_query(session, &first_tenant, NULL, 0, keep_text, &kept, err))
        return false;
    *id = kept.text;
    return kept.text || fail(err, ERR_NOT_FOUND, "there is no tenant yet");
}

bool settings_get(struct session *session, const char *name, struct arena *arena,
                  const char **value, struct error *err)
{
    struct kept_text kept = { arena, NULL };
    if (!session_query(session, &get_setting, VALUES(V_TEXT(name)), keep_text, &kept, err))
        return false;
    *value = kept.text;
    return true;
}

bool settings_put(struct session *session, const char *name, const char *value, struct error *err)
{
    return session_execute(session, &put_setting, VALUES(V_TEXT(name), V_TEXT(value)), err);
}

bool leases_take(struct session *session, const char *name, const char *holder, time_t now,
                 int lifetime_s, bool *held, struct error *err)
{
    *held = false;
    return session_query(session, &take_lease,
                         VALUES(V_TEXT(name), V_TEXT(holder), V_INT(now + lifetime_s), V_INT(now)),
                         note_row, held, err);
}
