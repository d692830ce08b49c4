#include "ca/status/revoke.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/status/publish.h"
#include "ca/status/revocation.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

static bool write_revocation(struct session *session, void *context, struct error *err)
{
    return revocation_write(session, context, err);
}

static bool find_by_id(struct authority *authority, const struct actor *actor, const char *ca_id,
                       const char *leaf_id, time_t now, struct arena *arena, struct leaf *out,
                       struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !revocation_check_ca(session, actor, ca_id, now, arena, err) ||
        !entity_get(session, &leaf_entity, actor->tenant_id, leaf_id, now, arena, out, err))
        return false;
    return text_equal(out->ca_id, ca_id) ||
           fail(err, ERR_NOT_FOUND, "certificate %s is none of CA %s", leaf_id, ca_id);
}

static bool find_by_serial(struct authority *authority, const struct actor *actor,
                           const char *ca_id, struct bytes serial, time_t now, struct arena *arena,
                           struct leaf *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && revocation_check_ca(session, actor, ca_id, now, arena, err) &&
           leaves_find_by_serial(session, ca_id, serial, now, arena, out, err);
}

/* Released under a CA that is revoked it would not be trusted either. */
static bool check_release(struct authority *authority, const struct leaf *leaf, time_t now,
                          struct error *err)
{
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(authority, leaf->tenant_id, leaf->ca_id, leaf->version, now, err);
    return issuer && (issuer->status != VERSION_REVOKED ||
                      fail(err, ERR_CONFLICT, "certificate %s: its CA is revoked", leaf->id));
}

static bool revoke(struct authority *authority, const struct actor *actor, struct leaf *leaf,
                   enum reason reason, time_t now, struct error *err)
{
    struct revocation_write write = { .leaf = leaf, .reason = reason, .now = now, .actor = actor };
    if (!revocation_check(leaf, reason, now, err) ||
        (reason == REASON_REMOVE_FROM_CRL && !check_release(authority, leaf, now, err)))
        return false;
    bool is_done = store_write(authority->store, write_revocation, &write, err);
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN) /* it may have been committed */
        publish_revoked(authority, leaf->ca_id, leaf->serial);
    if (!is_done)
        return false;
    revocation_apply(leaf, reason, now);
    return true;
}

bool ca_revoke_leaf(struct authority *authority, const struct actor *actor, const char *ca_id,
                    const char *leaf_id, enum reason reason, time_t now, struct arena *arena,
                    struct leaf *out, struct error *err)
{
    return find_by_id(authority, actor, ca_id, leaf_id, now, arena, out, err) &&
           revoke(authority, actor, out, reason, now, err);
}

bool ca_revoke_serial(struct authority *authority, const struct actor *actor, const char *ca_id,
                      struct bytes serial, enum reason reason, time_t now, struct arena *arena,
                      struct leaf *out, struct error *err)
{
    return find_by_serial(authority, actor, ca_id, serial, now, arena, out, err) &&
           revoke(authority, actor, out, reason, now, err);
}
