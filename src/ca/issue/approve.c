/* The desk decides what waits: pki-rules §3, requiresApproval. */
#include "ca/issue/issue.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/issue/device.h"
#include "ca/issue/enrolment.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "model/audit.h"
#include "model/challenge.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/csr.h"

struct decision {
    struct enrolment enrolment;
    struct grant grant;
    struct csr csr;
    const struct issuer *issuer;
    struct leaf leaf; /* id NULL: rejected */
    int64_t status;
    time_t expires_at;
    struct audit_event event;
};

static bool read_pending(struct session *session, const struct actor *actor, const char *id,
                         time_t now, struct arena *arena, struct enrolment *out, struct error *err)
{
    if (!entity_get(session, &enrolment_entity, actor->tenant_id, id, now, arena, out, err))
        return false;
    if (out->status != ENROLMENT_PENDING)
        return fail(err, ERR_CONFLICT, "enrolment %s has been decided already", id);
    return out->expires_at >= now ||
           fail(err, ERR_CONFLICT, "enrolment %s waited more than 7 days and has failed", id);
}

static bool write_decision(struct session *session, void *context, struct error *err)
{
    const struct decision *decision = context;
    const struct enrolment *enrolment = &decision->enrolment;
    return enrolments_decide(session, enrolment->tenant_id, enrolment->id, decision->status,
                             decision->leaf.id, decision->expires_at, err) &&
           (!decision->leaf.id || device_insert(session, decision->issuer, &decision->leaf, err)) &&
           audit_insert(session, &decision->event, err);
}

static struct audit_event event_of(const struct actor *actor, const char *activity,
                                   const struct decision *decision, const char *detail, time_t now)
{
    return (struct audit_event){
        .tenant_id = actor->tenant_id,
        .actor = actor->name,
        .activity = activity,
        .object_type = "CloudCertificationAuthorityLeafCertificate",
        .object_id = decision->leaf.id ? decision->leaf.id : decision->enrolment.id,
        .request_id = actor->request_id,
        .detail = detail,
        .is_success = true,
        .at = now,
    };
}

/* A static challenge that was ended or replaced leaves nothing to hold the request against. */
static bool what_it_allowed_is_gone(const char *id, struct error *err)
{
    if (err->code != ERR_NOT_FOUND)
        return false;
    error_clear(err);
    return fail(err, ERR_CONFLICT, "the challenge of enrolment %s is gone: reject it", id);
}

/* The challenge is kept longer than what it started may wait; its use was counted then. So was
 * possession of the key checked: what is stored lacks the challenge and no longer verifies. */
static bool read_request(struct authority *authority, const struct actor *actor, const char *id,
                         time_t now, struct arena *arena, struct decision *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct challenge challenge;
    if (!session || !read_pending(session, actor, id, now, arena, &out->enrolment, err))
        return false;
    if (!entity_get(session, &challenge_entity, actor->tenant_id, out->enrolment.challenge_id, now,
                    arena, &challenge, err))
        return what_it_allowed_is_gone(id, err);
    out->grant = grant_of_challenge(&challenge, now);
    return csr_parse(out->enrolment.csr, arena, &out->csr, err);
}

static bool mint_and_decide(struct authority *authority, const struct actor *actor,
                            const struct issuer *issuer, struct decision *decision, time_t now,
                            struct arena *arena, struct error *err)
{
    for (int draw = 1;; draw++) {
        const char *detail;
        if (!device_mint(authority, issuer, &decision->grant, &decision->csr, now, arena,
                         &decision->leaf, &detail, err))
            return false;
        time_t end = enrolment_end(&decision->grant, &decision->leaf, now);
        /* The device may poll as seldom as it was allowed to wait. */
        decision->expires_at = end > now + PENDING_S ? end : now + PENDING_S;
        decision->event = event_of(actor, "Approve CloudCertificationAuthorityLeafCertificate",
                                   decision, detail, now);
        if (store_write(authority->store, write_decision, decision, err))
            return true;
        if (draw == SERIAL_DRAWS_MAX || !serial_collided(err))
            return false;
        error_clear(err);
    }
}

bool enrolment_approve(struct authority *authority, const struct actor *actor, const char *id,
                       time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct decision decision = { .status = ENROLMENT_ISSUED };
    if (!read_request(authority, actor, id, now, arena, &decision, err))
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, actor->tenant_id, decision.enrolment.ca_id,
                                       decision.enrolment.version, now, err);
    decision.issuer = issuer;
    return issuer && device_may_issue(issuer, now, err) &&
           mint_and_decide(authority, actor, issuer, &decision, now, arena, err);
}

bool enrolment_reject(struct authority *authority, const struct actor *actor, const char *id,
                      time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct decision decision = { .status = ENROLMENT_REJECTED, .expires_at = now + PENDING_S };
    if (!session || !read_pending(session, actor, id, now, arena, &decision.enrolment, err))
        return false;
    decision.event =
        event_of(actor, "Reject CloudCertificationAuthorityLeafCertificate", &decision, NULL, now);
    return store_write(authority->store, write_decision, &decision, err);
}
