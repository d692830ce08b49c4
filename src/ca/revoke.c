#include "ca/revoke.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/publish.h"
#include "model/audit.h"
#include "model/ca.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

struct revoking {
    const struct leaf *leaf;
    enum reason reason;
    time_t now;
    struct audit_event audit;
};

static bool write_revocation(struct session *session, void *context, struct error *err)
{
    const struct revoking *revoking = context;
    return leaves_revoke(session, revoking->leaf, revoking->reason, revoking->now, err) &&
           audit_insert(session, &revoking->audit, err);
}

/* The CA must be the caller's and shown; a deleted CA's certificates can still be revoked. */
static bool check_ca(struct session *session, const struct actor *actor, const char *ca_id,
                     time_t now, struct arena *arena, struct error *err)
{
    struct ca ca;
    if (!entity_get(session, &ca_entity, actor->tenant_id, ca_id, now, arena, &ca, err))
        return false;
    return !ca.is_internal || fail(err, ERR_NOT_FOUND, "there is no CA %s", ca_id);
}

static bool find_by_id(struct authority *authority, const struct actor *actor, const char *ca_id,
                       const char *leaf_id, time_t now, struct arena *arena, struct leaf *out,
                       struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !check_ca(session, actor, ca_id, now, arena, err) ||
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
    return session && check_ca(session, actor, ca_id, now, arena, err) &&
           leaves_find_by_serial(session, ca_id, serial, now, arena, out, err);
}

static bool check_revocable(const struct leaf *leaf, enum reason reason, time_t now,
                            struct error *err)
{
    char when[TIMES_TEXT_OCTETS];
    if (leaf->kind != LEAF_DEVICE)
        return fail(err, ERR_NOT_FOUND, "certificate %s is not a leaf", leaf->id);
    if (leaf->revoked_at) {
        times_text(leaf->revoked_at, when);
        return fail(err, ERR_CONFLICT, "certificate %s is revoked since %s", leaf->id, when);
    }
    if (leaf->not_after < now)
        return fail(err, ERR_CONFLICT, "certificate %s has expired: nobody accepts it", leaf->id);
    /* Holds are lifted again, which needs more than this: RFC 5280 §5.3.1, removeFromCRL. */
    if (reason == REASON_CERTIFICATE_HOLD || reason == REASON_REMOVE_FROM_CRL)
        return fail(err, ERR_INVALID, "reason %s is not offered", reason_text(reason));
    return true;
}

static bool revoke(struct authority *authority, const struct actor *actor, struct leaf *leaf,
                   enum reason reason, time_t now, struct error *err)
{
    if (!check_revocable(leaf, reason, now, err))
        return false;
    struct revoking revoking = {
        .leaf = leaf,
        .reason = reason,
        .now = now,
        .audit = { .tenant_id = leaf->tenant_id,
                   .actor = actor->name,
                   .activity = "RevokeLeafCertAsync CloudCertificationAuthorityLeafCertificate",
                   .object_type = "cloudCertificationAuthorityLeafCertificate",
                   .object_id = leaf->id,
                   .request_id = actor->request_id,
                   .detail = reason_text(reason),
                   .is_success = true,
                   .at = now },
    };
    bool is_done = store_write(authority->store, write_revocation, &revoking, err);
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN) /* it may have been committed */
        publish_revoked(authority, leaf->ca_id, leaf->serial);
    if (!is_done)
        return false;
    leaf->revoked_at = now;
    leaf->revocation_reason = reason;
    leaf->status = LEAF_REVOKED;
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
