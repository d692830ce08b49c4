/* ca_revoke: pki-rules §7. A CA ends, or another version of it than the active one. */
#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/change.h"
#include "ca/lifecycle/revoke_version.h"
#include "store/rows.h"
#include "x509/reason.h"

#include <inttypes.h>

/* A CA is not put on hold, and removeFromCRL ends holds (RFC 5280 §5.3.1). */
static bool check_reason(int64_t reason, struct error *err)
{
    return (reason_text((int)reason) && reason != REASON_CERTIFICATE_HOLD &&
            reason != REASON_REMOVE_FROM_CRL) ||
           fail(err, ERR_INVALID, "reason: not one to revoke a CA with");
}

struct revocation_of_ca {
    int64_t reason;
    bool has_certificate; /* what waits for its certificate is only given up */
    bool is_whole;        /* the CA ends, not just another version of it */
};

static bool check_active(const struct change *change, int64_t reason, struct error *err)
{
    const struct ca *ca = &change->ca;
    if (ca->status == CA_PAUSED || (ca->status == CA_ACTIVE && reason_is_compromise(reason)))
        return true;
    return fail(err, ERR_CONFLICT,
                "the CA is %s: only a paused one is revoked, unless for "
                "keyCompromise or cACompromise",
                change_status_text(ca));
}

/* Of the versions that are not active: one that is pending is cancelled so, a retired one ends. */
static bool check_other(const struct change *change, struct error *err)
{
    const struct ca_version *version = &change->version;
    const char *status = enum_text(&ca_version_status_texts, version->status);
    if (version->status == VERSION_STAGED || version->status == VERSION_RETIRED ||
        (version->status == VERSION_SIGNING_PENDING && change->ca.active_version))
        return true;
    return fail(err, ERR_CONFLICT,
                "certificationAuthorityVersion: version %" PRId64 " is %s and is not revoked",
                version->number, status ? status : "unknown");
}

static bool step_revoke(struct change *change, void *context, struct error *err)
{
    struct revocation_of_ca *revocation = context;
    struct ca_version *version = &change->version;
    revocation->has_certificate = version->certificate.len > 0;
    revocation->is_whole = version->number == change->ca.active_version;
    if (change->ca.type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root is not revoked: no list could say so");
    if (revocation->is_whole ? !check_active(change, revocation->reason, err)
                             : !check_other(change, err))
        return false;
    if (version->status == VERSION_SIGNING_PENDING)
        change->ca.csr = BYTES_NONE;
    if (revocation->is_whole)
        change->ca.status = CA_REVOKED;
    version->status = VERSION_REVOKED;
    version->revoked_at = change->now;
    version->revocation_reason = revocation->reason;
    version->decommission_at = 0;
    change->version_is_changed = true;
    change->detail = arena_format(change->arena, "version %" PRId64 ", %s", version->number,
                                  reason_text((int)revocation->reason));
    return true;
}

/* What a staged version issued, to try it, falls with it. */
static bool check_leaves(struct session *session, const struct change *change,
                         const struct revocation_of_ca *revocation, struct error *err)
{
    int64_t live;
    int64_t version = revocation->is_whole ? 0 : change->version.number;
    if (reason_is_compromise(revocation->reason) || version > change->ca.active_version)
        return true;
    if (!leaves_count_live(session, change->ca.id, version, change->now, &live, err))
        return false;
    return live == 0 || fail(err, ERR_CONFLICT,
                             "%" PRId64 " leaf certificates are neither revoked nor expired: "
                             "revoke them first",
                             live);
}

static bool also_revoke(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    const struct revocation_of_ca *revocation = context;
    if (!revocation->has_certificate)
        return keys_destroy(session, change->version.key_id, err);
    return check_leaves(session, change, revocation, err) &&
           revoke_version(session, change, revocation->reason,
                          revocation->is_whole ? 0 : change->version.number, err);
}

bool ca_revoke(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, int64_t version, int64_t reason, time_t now, struct arena *arena,
               struct ca *out, struct error *err)
{
    struct revocation_of_ca revocation = { .reason = reason };
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .version = version,
        .activity = "RevokeCloudCertificationAuthorityCertificateAsync CloudCertificationAuthority",
        .step = step_revoke,
        .also = also_revoke,
        .context = &revocation,
    };
    if (!check_reason(reason, err))
        return false;
    bool is_done = change_ca(authority, &request, now, arena, out, err);
    /* What may have been revoked is signed anew: no answer made before may outlive it. */
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN)
        revoke_version_tell(authority, actor->tenant_id, ca_id, now);
    return is_done;
}
