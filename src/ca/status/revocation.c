#include "ca/status/revocation.h"

#include "base/error.h"
#include "base/times.h"
#include "ca/authority.h"
#include "model/audit.h"
#include "model/ca.h"
#include "store/entity.h"
#include "store/rows.h"

static bool is_on_hold(const struct leaf *leaf)
{
    return leaf->revoked_at && leaf->revocation_reason == REASON_CERTIFICATE_HOLD;
}

bool revocation_check_ca(struct session *session, const struct actor *actor, const char *ca_id,
                         time_t now, struct arena *arena, struct error *err)
{
    struct ca ca;
    if (!entity_get(session, &ca_entity, actor->tenant_id, ca_id, now, arena, &ca, err))
        return false;
    return !ca.is_internal || fail(err, ERR_NOT_FOUND, "there is no CA %s", ca_id);
}

bool revocation_check(const struct leaf *leaf, enum reason reason, time_t now, struct error *err)
{
    char when[TIMES_TEXT_OCTETS];
    bool may_change = is_on_hold(leaf) && reason != REASON_CERTIFICATE_HOLD;
    times_text(leaf->revoked_at, when);
    if (leaf->kind != LEAF_DEVICE)
        return fail(err, ERR_NOT_FOUND, "certificate %s is not a leaf", leaf->id);
    if (leaf->revoked_at && !may_change)
        return fail(err, ERR_CONFLICT, "certificate %s is %s since %s", leaf->id,
                    is_on_hold(leaf) ? "on hold" : "revoked", when);
    if (!leaf->revoked_at && reason == REASON_REMOVE_FROM_CRL)
        return fail(err, ERR_CONFLICT, "certificate %s is not on hold: only a hold is undone",
                    leaf->id);
    return leaf->not_after >= now ||
           fail(err, ERR_CONFLICT, "certificate %s has expired: nobody accepts it", leaf->id);
}

bool revocation_write(struct session *session, const struct revocation_write *write,
                      struct error *err)
{
    const struct leaf *leaf = write->leaf;
    bool is_release = write->reason == REASON_REMOVE_FROM_CRL;
    const struct audit_event event = {
        .tenant_id = leaf->tenant_id,
        .actor = write->actor->name,
        .activity = is_release ? "ReleaseLeafCert CloudCertificationAuthorityLeafCertificate"
                               : "RevokeLeafCertAsync CloudCertificationAuthorityLeafCertificate",
        .object_type = "cloudCertificationAuthorityLeafCertificate",
        .object_id = leaf->id,
        .request_id = write->actor->request_id,
        .detail = reason_text(write->reason),
        .is_success = true,
        .at = write->now,
    };
    bool is_listed = leaf->revoked_at
                         ? leaves_end_hold(session, leaf, write->reason, write->now, err)
                         : leaves_revoke(session, leaf, write->reason, write->now, err);
    return is_listed && audit_insert(session, &event, err);
}

void revocation_apply(struct leaf *leaf, enum reason reason, time_t now)
{
    bool is_release = reason == REASON_REMOVE_FROM_CRL;
    if (is_release)
        leaf->revoked_at = 0;
    else if (!leaf->revoked_at)
        leaf->revoked_at = now;
    leaf->revocation_reason = is_release ? 0 : reason;
    leaf->status = is_release ? LEAF_ACTIVE : LEAF_REVOKED;
}
