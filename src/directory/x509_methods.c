#include "directory/x509_methods.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "directory/x509_settings.h"
#include "model/group.h"
#include "model/user.h"
#include "store/entity.h"
#include "store/record.h"
#include "store/store.h"

#define TYPE "X509CertificateAuthenticationMethodConfiguration"

/* What targets are looked up with. */
struct lookup {
    struct session *session;
    const char *tenant_id;
    time_t now;
    struct arena *arena;
};

static bool check_target(const struct lookup *lookup, const struct method_target *target,
                         struct error *err)
{
    const struct entity *entity = target->type == TARGET_USER ? &user_entity : &group_entity;
    if (text_equal(target->id, ALL_USERS) ||
        entity_get(lookup->session, entity, lookup->tenant_id, target->id, lookup->now,
                   lookup->arena, arena_take(lookup->arena, entity->size), err))
        return true;
    if (err->code == ERR_NOT_FOUND)
        err->code = ERR_INVALID;
    return error_context(err, "id '%.64s'", target->id);
}

/* Those that were there before are not asked for again: a group may be gone by now. */
static bool check_targets(const struct lookup *lookup, const struct list *stored,
                          const struct list *wish, const char *member, struct error *err)
{
    const struct method_target *targets = wish->items;
    if (wish->items == stored->items)
        return true;
    for (size_t i = 0; i < wish->count; i++)
        if (!check_target(lookup, &targets[i], err))
            return error_context(err, "%s[%zu]", member, i);
    return true;
}

static bool check_scopes(const struct lookup *lookup, const struct list *stored,
                         const struct list *wish, struct error *err)
{
    static const struct list none = { NULL, 0 };
    const struct x509_scope *scopes = wish->items;
    if (wish->items == stored->items)
        return true;
    for (size_t i = 0; i < wish->count; i++)
        if (!check_targets(lookup, &none, &scopes[i].targets, "includeTargets", err))
            return error_context(err, "certificateAuthorityScopes[%zu]", i);
    return true;
}

static bool check_existing(struct store *store, const struct x509_method *stored,
                           const struct x509_method *wish, time_t now, struct arena *arena,
                           struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(store, err);
    const struct lookup lookup = { session, wish->tenant_id, now, arena };
    return session &&
           check_targets(&lookup, &stored->included, &wish->included, "includeTargets", err) &&
           check_targets(&lookup, &stored->excluded, &wish->excluded, "excludeTargets", err) &&
           check_scopes(&lookup, &stored->scopes, &wish->scopes, err);
}

bool x509_method_get(struct session *session, const char *tenant_id, time_t now,
                     struct arena *arena, struct x509_method *out, struct error *err)
{
    if (entity_get(session, &x509_method_entity, tenant_id, X509_METHOD_ID, now, arena, out, err))
        return true;
    if (err->code != ERR_NOT_FOUND)
        return false;
    error_clear(err);
    x509_method_default(tenant_id, out);
    return true;
}

/* The first change of a tenant makes the row; who loses that race is told so, and tries again. */
static bool insert(struct store *store, const struct record *record, struct error *err)
{
    if (record_insert(store, record, err))
        return true;
    if (err->code == ERR_CONFLICT)
        err->code = ERR_PRECONDITION;
    return false;
}

bool x509_method_change(struct store *store, const struct actor *actor,
                        const struct x509_method *stored, const struct x509_method *wish,
                        time_t now, struct arena *arena, struct x509_method *out, struct error *err)
{
    *out = *wish;
    out->modified_at = now;
    if (!x509_settings_check(out, err) || !check_existing(store, stored, out, now, arena, err))
        return false;
    const struct audit_event event = audit_event_of(actor, "Patch " TYPE, TYPE, out->id, now);
    const struct record record = { &x509_method_entity, out, &event, NULL, NULL };
    if (stored->revision > 0 && !record_update(store, &record, err))
        return false;
    out->revision++;
    if (stored->revision > 0)
        return true;
    out->created_at = now;
    return insert(store, &record, err);
}

bool x509_method_reset(struct store *store, const struct actor *actor,
                       const struct x509_method *stored, time_t now, struct error *err)
{
    const struct audit_event event = audit_event_of(actor, "Delete " TYPE, TYPE, stored->id, now);
    const struct record record = { &x509_method_entity, stored, &event, NULL, NULL };
    return stored->revision == 0 || record_delete(store, &record, err);
}
