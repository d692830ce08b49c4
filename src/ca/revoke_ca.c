/* ca_revoke: pki-rules §7. The parent's list names the CA, and its RA certificates end with it. */
#include "ca/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/publish.h"
#include "store/entity.h"
#include "store/store.h"
#include "x509/reason.h"

#include <inttypes.h>

enum { RAS_MAX = 200 };

static bool is_compromise(int64_t reason)
{
    return reason == REASON_KEY_COMPROMISE || reason == REASON_CA_COMPROMISE;
}

/* A CA is not put on hold, and removeFromCRL ends holds (RFC 5280 §5.3.1). */
static bool check_reason(int64_t reason, struct error *err)
{
    return (reason_text((int)reason) && reason != REASON_CERTIFICATE_HOLD &&
            reason != REASON_REMOVE_FROM_CRL) ||
           fail(err, ERR_INVALID, "reason: not one to revoke a CA with");
}

static bool check_state(const struct change *change, int64_t reason, struct error *err)
{
    const struct ca *ca = &change->ca;
    if (ca->type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root is not revoked: no list could say so");
    if (ca->status == CA_PAUSED || (ca->status == CA_ACTIVE && is_compromise(reason)))
        return true;
    return fail(err, ERR_CONFLICT,
                "the CA is %s: only a paused one is revoked, unless for "
                "keyCompromise or cACompromise",
                change_status_text(ca));
}

static bool step_revoke(struct change *change, void *context, struct error *err)
{
    int64_t reason = *(const int64_t *)context;
    struct ca_version *version = &change->version;
    if (!check_state(change, reason, err))
        return false;
    if (version->number != change->ca.active_version)
        return fail(err, ERR_CONFLICT,
                    "certificationAuthorityVersion: version %" PRId64 " is not the active one",
                    version->number);
    version->status = VERSION_REVOKED;
    version->revoked_at = change->now;
    version->revocation_reason = reason;
    change->ca.status = CA_REVOKED;
    change->version_is_changed = true;
    change->detail = reason_text((int)reason);
    return true;
}

static bool check_leaves(struct session *session, const struct change *change, int64_t reason,
                         struct error *err)
{
    int64_t live;
    if (is_compromise(reason))
        return true;
    if (!leaves_count_live(session, change->ca.id, change->version.number, change->now, &live, err))
        return false;
    return live == 0 || fail(err, ERR_CONFLICT,
                             "%" PRId64 " leaf certificates are neither revoked nor expired: "
                             "revoke them first",
                             live);
}

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

static bool revoke_ras(struct session *session, const struct change *change, int64_t reason,
                       struct arena *arena, struct error *err)
{
    struct found_ras *found = arena_take(arena, sizeof *found);
    const struct query query = {
        .entity = &leaf_entity,
        .tenant_id = change->ca.tenant_id,
        .now = change->now,
        .fixed = { { "ca_id", V_TEXT(change->ca.id) },
                   { "kind", V_INT(LEAF_RA) },
                   { "revoked_at", V_INT(0) } },
        .fixed_count = 3,
        .top = RAS_MAX,
    };
    bool more;
    if (!entity_list(session, &query, arena, collect_ra, found, &more, err))
        return false;
    for (size_t i = 0; i < found->count; i++)
        if (found->leaves[i].not_after >= change->now &&
            !leaves_revoke(session, &found->leaves[i],
                           is_compromise(reason) ? REASON_CA_COMPROMISE
                                                 : REASON_CESSATION_OF_OPERATION,
                           change->now, err))
            return false;
    return true;
}

static bool also_revoke(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    int64_t reason = *(const int64_t *)context;
    SCOPED(arena_free) struct arena *arena = arena_new();
    return check_leaves(session, change, reason, err) &&
           revoke_at_parent(session, change, reason, arena, err) &&
           revoke_ras(session, change, reason, arena, err);
}

/* NULL for roots, external roots, and what cannot be read: change_ca then says why. */
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

bool ca_revoke(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, int64_t version, int64_t reason, time_t now, struct arena *arena,
               struct ca *out, struct error *err)
{
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .version = version,
        .activity = "RevokeCloudCertificationAuthorityCertificateAsync CloudCertificationAuthority",
        .step = step_revoke,
        .also = also_revoke,
        .context = &reason,
    };
    if (!check_reason(reason, err))
        return false;
    const char *parent_id = find_parent(authority, actor->tenant_id, ca_id, now, arena);
    bool is_done = change_ca(authority, &request, now, arena, out, err);
    /* What may have been revoked is signed anew: no answer made before may outlive it. */
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN) {
        publish_soon(authority, ca_id);
        if (parent_id)
            publish_soon(authority, parent_id);
    }
    return is_done;
}
