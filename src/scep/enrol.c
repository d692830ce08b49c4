#include "scep/enrol.h"

#include "auth/challenge.h"
#include "auth/renewal.h"
#include "base/arena.h"
#include "ca/authority.h"
#include "ca/issue/issue.h"
#include "http/server.h"
#include "scep/scep_inside.h"
#include "store/rows.h"
#include "store/store.h"

#include <inttypes.h>

enum { REQUEST_KEY_OCTETS_MAX = 128 * 1024 }; /* certificate, key, challenge: each has its cap */

static struct bytes sha256(struct bytes octets, struct arena *arena)
{
    uint8_t *digest = arena_take(arena, DIGEST_OCTETS_MAX);
    digest_of(DIGEST_SHA256, octets, digest);
    return (struct bytes){ digest, digest_octets(DIGEST_SHA256) };
}

static void put_field(struct buf *out, struct bytes field)
{
    buf_add_format(out, "%zu:", field.len);
    buf_add(out, field);
}

/* What makes a request the same one, pki-rules §4; each field behind its length, so that no two
 * lists of fields give the same octets. */
static struct bytes request_key(const struct exchange *exchange)
{
    bool is_renewal = exchange->request.message_type == SCEP_RENEWAL_REQ;
    SCOPED(buf_free) struct buf *octets = buf_new(REQUEST_KEY_OCTETS_MAX);
    put_field(octets, bytes_of_text(exchange->ca_id));
    if (exchange->version)
        put_field(octets,
                  bytes_of_text(arena_format(exchange->arena, "v%" PRId64, exchange->version)));
    put_field(octets, bytes_of_text(exchange->row->name));
    put_field(octets, is_renewal ? exchange->request.signer.der : BYTES_NONE);
    put_field(octets, exchange->request.transaction);
    put_field(octets, exchange->csr.spki.der);
    put_field(octets, bytes_of_text(exchange->csr.challenge));
    return sha256(buf_bytes(octets), exchange->arena);
}

static void answer(struct exchange *exchange, const struct issued *issued, const struct error *err)
{
    struct error rejected = { .code = ERR_NONE };
    const struct bytes certificates[] = { issued->certificate, issued->issuer };
    switch (issued->outcome) {
    case ISSUE_ISSUED:
        exchange_succeed(exchange, certificates, ARRAY_LEN(certificates));
        return;
    case ISSUE_PENDING:
        exchange_pend(exchange);
        return;
    case ISSUE_REJECTED:
        fail(&rejected, ERR_FORBIDDEN, "the request was rejected");
        exchange_refuse(exchange, &rejected);
        return;
    case ISSUE_FAILED:
        break;
    }
    exchange_refuse(exchange, err);
}

static void issued_done(void *context, const struct issued *issued, const struct error *err)
{
    answer(context, issued, err);
}

static bool issue(struct exchange *exchange, struct error *err)
{
    (void)err;
    struct issue_request request = {
        .ca_id = exchange->ca_id,
        .version = exchange->version,
        .csr = &exchange->csr,
        .grant = &exchange->grant,
        .actor = "scep",
        .request_id = http_job_id(exchange->job),
        .now = exchange->now,
        .arena = exchange->arena,
        .message_type = exchange->request.message_type,
        .transaction = sha256(exchange->request.transaction, exchange->arena),
        .request = request_key(exchange),
    };
    ca_issue(exchange->scep->authority, &request, issued_done, exchange);
    return true;
}

/* RFC 8894 §2.3: possession of the key is what a self-signed certificate proves, no more. */
static bool check_self_signed(const struct exchange *exchange, struct error *err)
{
    const struct certificate *signer = &exchange->request.signer;
    if (!certificate_is_self_issued(signer) ||
        bytes_equal(signer->spki.key, exchange->csr.spki.key))
        return true;
    return fail(err, ERR_BAD_CSR, "RFC 8894 §2.3: the self-signed signer holds another key");
}

/* Who may fetch what was asked for by this transaction: the holder of its key, or of any
 * certificate of this CA, such as the one that a renewal was signed with. */
static bool check_poller(const struct exchange *exchange, const struct enrolment *enrolment,
                         struct error *err)
{
    struct error cause = { .code = ERR_NONE };
    const struct certificate *signer = &exchange->request.signer;
    if (bytes_equal(enrolment->public_key, sha256(signer->spki.der, exchange->arena)) ||
        requester_check(exchange->scep->auth, exchange->ca_id, signer, exchange->now,
                        exchange->arena, &cause))
        return true;
    if (cause.code != ERR_FORBIDDEN)
        return fail(err, cause.code, "%s", cause.message);
    return fail(err, ERR_NOT_FOUND, "the transaction is another requester's");
}

/* The enrolment of this transaction, whichever message began it. */
static bool find_transaction(const struct exchange *exchange, struct bytes transaction,
                             struct enrolment *out, struct error *err)
{
    static const int64_t types[] = { SCEP_PKCS_REQ, SCEP_RENEWAL_REQ };
    SCOPED(session_free) struct session *session = store_read(exchange->scep->store, err);
    bool found = false;
    if (!session)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(types) && !found; i++)
        if (!enrolments_find(session, exchange->ca_id, types[i], transaction, exchange->now,
                             exchange->arena, out, &found, err))
            return false;
    return found || fail(err, ERR_NOT_FOUND, "there is no such transaction");
}

static bool open_csr(struct exchange *exchange, struct error *err)
{
    return scep_opened_csr(&exchange->opened, &exchange->request.signer.spki, exchange->arena,
                           &exchange->csr, err);
}

bool enrol_new(struct exchange *exchange, struct error *err)
{
    if (!open_csr(exchange, err) || !check_self_signed(exchange, err))
        return false;
    if (!exchange->csr.challenge)
        return fail(err, ERR_BAD_CHALLENGE, "pki-rules §4: PKCSReq without a challengePassword");
    return challenge_check(exchange->scep->auth, exchange->ca_id, exchange->csr.challenge,
                           http_job_peer(exchange->job), exchange->now, exchange->arena,
                           &exchange->grant, err) &&
           issue(exchange, err);
}

bool enrol_renewal(struct exchange *exchange, struct error *err)
{
    struct scep *scep = exchange->scep;
    bool allow_early = authority_settings(scep->authority)->allow_early_renewal;
    return open_csr(exchange, err) &&
           renewal_check(scep->auth, exchange->ca_id, &exchange->request.signer, allow_early,
                         exchange->now, exchange->arena, &exchange->grant, err) &&
           issue(exchange, err);
}

bool enrol_poll(struct exchange *exchange, struct error *err)
{
    struct bytes issuer;
    struct bytes subject;
    struct enrolment enrolment;
    struct issued issued;
    struct bytes transaction = sha256(exchange->request.transaction, exchange->arena);
    if (!scep_opened_names(&exchange->opened, &issuer, &subject, err) ||
        !find_transaction(exchange, transaction, &enrolment, err) ||
        !check_poller(exchange, &enrolment, err) ||
        !enrolment_poll(exchange->scep->authority, exchange->ca_id, enrolment.message_type,
                        transaction, exchange->now, exchange->arena, &issued, err))
        return false;
    answer(exchange, &issued, err);
    return true;
}
