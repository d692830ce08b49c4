#include "ca/lifecycle/revoke_version.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/status/publish.h"
#include "store/entity.h"
#include "store/store.h"
#include "x509/reason.h"

enum { RAS_MAX = 200 };

/* An external issuer must list it himself. */
static bool revoke_at_parent(struct session *session, const struct change *change, int64_t reason,
                             struct arena *arena, struct error *err)
{
    struct leaf leaf;
    if (change->ca.type != CA_ISSUING)
        return true;
    return leaves_find_by_serial(session, change->ca.issuer_id, change->version.serial, change->now,
                                 arena, &leaf, err) &&
           leaves_revoke(session, &leaf, reason, change->now, err);
}

struct found_ras {
    struct leaf leaves[RAS_MAX];
    size_t count;
};

static bool collect_ra(const void *object, void *context, struct error *err)
{
    (void)err;
    struct found_ras *found = context;
    if (found->count < RAS_MAX)
        found->leaves[found->count++] = *(const struct leaf *)object;
    return true;
}

/* All of the CA's, or those of one version that is not active. */
static bool revoke_ras(struct session *session, const struct change *change, int64_t reason,
                       int64_t version, struct arena *arena, struct error *err)
{
    struct found_ras *found = arena_take(arena, sizeof *found);
    const struct query query = {
        .entity = &leaf_entity,
        .tenant_id = change->ca.tenant_id,
        .now = change->now,
        .fixed = { { "ca_id", V_TEXT(change->ca.id) },
                   { "kind", V_INT(LEAF_RA) },
                   { "revoked_at", V_INT(0) },
                   { "version", V_INT(version) } },
        .fixed_count = version ? 4 : 3,
        .top = RAS_MAX,
    };
    int64_t ra_reason =
        reason_is_compromise(reason) ? REASON_CA_COMPROMISE : REASON_CESSATION_OF_OPERATION;
    bool more;
    if (!entity_list(session, &query, arena, collect_ra, found, &more, err))
        return false;
    for (size_t i = 0; i < found->count; i++)
        if (found->leaves[i].not_after >= change->now &&
            !leaves_revoke(session, &found->leaves[i], ra_reason, change->now, err))
            return false;
    return true;
}

/* NULL for roots, external roots, and what cannot be read. */
static const char *find_parent(struct authority *authority, const char *tenant_id,
                               const char *ca_id, time_t now, struct arena *arena)
{
    struct error err = { .code = ERR_NONE };
    struct ca ca;
    SCOPED(session_free) struct session *session = store_read(authority->store, &err);
    bool is_read =
        session && entity_get(session, &ca_entity, tenant_id, ca_id, now, arena, &ca, &err);
    return is_read && ca.type == CA_ISSUING ? ca.issuer_id : NULL;
}

bool reason_is_compromise(int64_t reason)
{
    return reason == REASON_KEY_COMPROMISE || reason == REASON_CA_COMPROMISE;
}

bool revoke_version(struct session *session, const struct change *change, int64_t reason,
                    int64_t version, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return revoke_at_parent(session, change, reason, arena, err) &&
           revoke_ras(session, change, reason, version, arena, err);
}

void revoke_version_tell(struct authority *authority, const char *tenant_id, const char *ca_id,
                         time_t now)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *parent_id = find_parent(authority, tenant_id, ca_id, now, arena);
    publish_soon(authority, ca_id);
    if (parent_id)
        publish_soon(authority, parent_id);
}
