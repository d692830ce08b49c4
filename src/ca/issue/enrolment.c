#include "ca/issue/enrolment.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "ca/authority_inside.h"
#include "ca/issue/issue.h"
#include "ca/issuer.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/csr.h"

static struct bytes key_hash(const struct csr *csr, struct arena *arena)
{
    uint8_t *hash = arena_take(arena, DIGEST_OCTETS_MAX);
    digest_of(DIGEST_SHA256, csr->spki.der, hash);
    return (struct bytes){ hash, digest_octets(DIGEST_SHA256) };
}

static bool give_certificate(struct authority *authority, const struct leaf *leaf, time_t now,
                             struct arena *arena, struct issued *out, struct error *err)
{
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(authority, leaf->tenant_id, leaf->ca_id, leaf->version, now, err);
    if (!issuer)
        return false;
    out->outcome = ISSUE_ISSUED;
    out->certificate = leaf->certificate;
    out->certificate_id = leaf->id;
    out->issuer = arena_bytes(arena, issuer->certificate);
    return true;
}

static bool answer(struct authority *authority, struct session *session,
                   const struct enrolment *enrolment, time_t now, struct arena *arena,
                   struct issued *out, struct error *err)
{
    struct leaf leaf;
    *out = (struct issued){ .outcome = ISSUE_PENDING };
    if (enrolment->status == ENROLMENT_PENDING)
        return true;
    out->outcome = ISSUE_REJECTED;
    if (enrolment->status != ENROLMENT_ISSUED)
        return true;
    out->outcome = ISSUE_FAILED;
    if (!entity_get(session, &leaf_entity, enrolment->tenant_id, enrolment->certificate_id, now,
                    arena, &leaf, err))
        return false;
    if (leaf.revoked_at)
        return fail(err, ERR_BAD_CSR, "the certificate of this transaction was revoked");
    return give_certificate(authority, &leaf, now, arena, out, err);
}

bool enrolment_find_repeat(struct authority *authority, const struct issue_request *request,
                           struct issued *out, bool *found, struct error *err)
{
    struct enrolment enrolment;
    *found = false;
    if (!request->message_type)
        return true;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session ||
        !enrolments_find(session, request->ca_id, request->message_type, request->transaction,
                         request->now, request->arena, &enrolment, found, err))
        return false;
    if (!*found)
        return true;
    if (!bytes_equal(enrolment.request, request->request) ||
        !bytes_equal(enrolment.public_key, key_hash(request->csr, request->arena)))
        return fail(err, ERR_BAD_CSR, "the transaction was used for another request");
    return answer(authority, session, &enrolment, request->now, request->arena, out, err);
}

struct enrolment enrolment_of(const struct issue_request *request, const struct leaf *certificate)
{
    const struct grant *grant = request->grant;
    char *id = arena_take(request->arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    return (struct enrolment){
        .id = id,
        .tenant_id = grant->tenant_id,
        .ca_id = request->ca_id,
        .version = request->version,
        .message_type = request->message_type,
        .transaction = request->transaction,
        .request = request->request,
        .public_key = key_hash(request->csr, request->arena),
        .status = certificate ? ENROLMENT_ISSUED : ENROLMENT_PENDING,
        .certificate_id = certificate ? certificate->id : "",
        .challenge_id = grant->challenge_id ? grant->challenge_id : "",
        .csr = certificate ? BYTES_NONE : csr_without_challenge(request->csr, request->arena),
        .expires_at = certificate ? enrolment_end(grant, certificate, request->now)
                                  : request->now + PENDING_S,
        .created_at = request->now,
    };
}

/* pki-rules §4: until the challenge ends, which a static one does not before the certificate. */
time_t enrolment_end(const struct grant *grant, const struct leaf *certificate, time_t now)
{
    if (grant->renewal_of)
        return now + REPEAT_RENEWAL_S;
    time_t end = grant->expires_at ? grant->expires_at : certificate->not_after;
    return end > now + REPEAT_S ? end : now + REPEAT_S;
}

bool enrolment_poll(struct authority *authority, const char *ca_id, int64_t message_type,
                    struct bytes transaction, time_t now, struct arena *arena, struct issued *out,
                    struct error *err)
{
    struct enrolment enrolment;
    bool found;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    *out = (struct issued){ .outcome = ISSUE_FAILED };
    if (!session || !enrolments_find(session, ca_id, message_type, transaction, now, arena,
                                     &enrolment, &found, err))
        return false;
    if (!found)
        return fail(err, ERR_NOT_FOUND, "there is no such transaction");
    return answer(authority, session, &enrolment, now, arena, out, err);
}
