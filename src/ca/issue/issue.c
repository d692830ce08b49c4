/*
 * One issuance is a job in its request's arena. It is signed on the worker that brought it, and
 * stored by one write; what the write refuses comes back to a worker in stored(), which draws
 * another serial, finds the answer that a parallel repeat of the same request was given, or
 * fails. The caller's done() is called in answer() and refuse() only.
 */
#include "ca/issue/issue.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/issue/device.h"
#include "ca/issue/enrolment.h"
#include "ca/issue/policy.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "model/audit.h"
#include "store/rows.h"
#include "store/store.h"

struct issuance {
    struct authority *authority;
    struct issue_request request;
    issue_done_fn *done;
    void *context;
    struct issuer *issuer;
    struct leaf leaf; /* id NULL: it waits for approval */
    struct enrolment enrolment;
    struct audit_event event;
    struct write write;
    int draws;
};

/* The job ends with its arena, perhaps in done(); what the answer shows of the issuer does not. */
static void answer(struct issuance *job, const struct issued *issued)
{
    static const struct error none = { .code = ERR_NONE };
    SCOPED(issuer_release) UNUSED struct issuer *issuer = TAKE(job->issuer);
    job->done(job->context, issued, &none);
}

static void refuse(struct issuance *job, const struct error *err)
{
    static const struct issued failed = { .outcome = ISSUE_FAILED };
    issuer_release(TAKE(job->issuer));
    job->done(job->context, &failed, err);
}

static void answer_stored(struct issuance *job)
{
    struct issued issued = { .outcome = ISSUE_PENDING };
    if (job->leaf.id)
        issued = (struct issued){
            .outcome = ISSUE_ISSUED,
            .certificate = job->leaf.certificate,
            .certificate_id = job->leaf.id,
            .issuer = arena_bytes(job->request.arena, job->issuer->certificate),
            .leaf = &job->leaf,
            .chain = job->issuer->chain,
        };
    answer(job, &issued);
}

/* Runs on the writer, perhaps twice: SQL only. */
static bool write_issuance(struct session *session, void *context, struct error *err)
{
    const struct issuance *job = context;
    const struct grant *grant = job->request.grant;
    return (!job->request.message_type ||
            enrolments_insert(session, &job->enrolment, job->request.now, err)) &&
           (!grant->challenge_id ||
            challenges_use(session, grant->challenge_id, job->request.now, err)) &&
           (!job->leaf.id || device_insert(session, job->issuer, &job->leaf, err)) &&
           audit_insert(session, &job->event, err);
}

static void prepare_event(struct issuance *job, const char *activity, const char *object_id,
                          const char *detail)
{
    job->event = (struct audit_event){
        .tenant_id = job->request.grant->tenant_id,
        .actor = job->request.actor,
        .activity = activity,
        .object_type = "CloudCertificationAuthorityLeafCertificate",
        .object_id = object_id,
        .request_id = job->request.request_id,
        .detail = detail,
        .is_success = true,
        .at = job->request.now,
    };
}

static bool prepare_certificate(struct issuance *job, struct error *err)
{
    const struct issue_request *request = &job->request;
    const char *detail;
    if (!device_mint(job->authority, job->issuer, request->grant, request->csr, request->now,
                     request->arena, &job->leaf, &detail, err))
        return false;
    job->draws++;
    job->enrolment = enrolment_of(request, &job->leaf);
    prepare_event(job, "Create CloudCertificationAuthorityLeafCertificate", job->leaf.id, detail);
    return true;
}

/* What policy would refuse is refused now, not when somebody has looked at it. */
static bool prepare_pending(struct issuance *job, struct error *err)
{
    const struct issue_request *request = &job->request;
    struct approved approved;
    if (!request->message_type)
        return fail(err, ERR_CONFLICT, "what needs approval needs a transaction to be asked for");
    if (!policy_check(job->issuer, request->grant, request->csr, request->arena, &approved, err))
        return false;
    job->enrolment = enrolment_of(request, NULL);
    prepare_event(job, "RequestApproval CloudCertificationAuthorityLeafCertificate",
                  job->enrolment.id, NULL);
    return true;
}

static bool find_stored(const struct issuance *job, struct error *err)
{
    struct leaf leaf;
    SCOPED(session_free) struct session *session = store_read(job->authority->store, err);
    return session && job->leaf.id &&
           leaves_find_by_serial(session, job->request.ca_id, job->leaf.serial, job->request.now,
                                 job->request.arena, &leaf, err);
}

/* A parallel repeat of the same request may have been first: then its answer is ours. */
static void answer_as_first(struct issuance *job, const struct error *cause)
{
    struct error err = { .code = ERR_NONE };
    struct issued issued;
    bool found;
    if (!enrolment_find_repeat(job->authority, &job->request, &issued, &found, &err))
        refuse(job, &err);
    else if (found)
        answer(job, &issued);
    else
        refuse(job, cause);
}

/* Another node may have activated the next version since this one was looked at. */
static bool take_next_version(struct issuance *job)
{
    struct error err = { .code = ERR_NONE };
    const struct issue_request *request = &job->request;
    issuer_forget(job->authority, request->ca_id);
    struct issuer *issuer = issuer_get(job->authority, request->grant->tenant_id, request->ca_id, 0,
                                       request->now, &err);
    bool is_other = issuer && issuer->number > job->issuer->number &&
                    device_may_issue(issuer, request->now, &err);
    if (is_other) {
        issuer_release(job->issuer);
        job->issuer = TAKE(issuer);
    }
    issuer_release(issuer);
    return is_other;
}

static void submit(struct issuance *job)
{
    struct error err = { .code = ERR_NONE };
    if (!store_submit(job->authority->store, &job->write, &err))
        refuse(job, &err);
}

static void sign_and_submit(struct issuance *job)
{
    struct error err = { .code = ERR_NONE };
    if (prepare_certificate(job, &err))
        submit(job);
    else
        refuse(job, &err);
}

/* On a worker, after the commit or the failure. */
static void stored(void *context, const struct error *cause)
{
    struct issuance *job = context;
    struct error err = { .code = ERR_NONE };
    if (cause->code == ERR_NONE)
        answer_stored(job);
    else if (serial_collided(cause) && job->draws < SERIAL_DRAWS_MAX)
        sign_and_submit(job);
    else if (cause->code == ERR_OUTCOME_UNKNOWN && find_stored(job, &err))
        answer_stored(job);
    else if (cause->code == ERR_CONFLICT && job->leaf.id && !job->request.version &&
             take_next_version(job))
        sign_and_submit(job);
    else if (cause->code == ERR_CONFLICT || cause->code == ERR_BAD_CHALLENGE)
        answer_as_first(job, cause);
    else
        refuse(job, cause);
}

static bool prepare(struct issuance *job, struct error *err)
{
    const struct grant *grant = job->request.grant;
    if (grant->is_spent || !text_equal(grant->ca_id, job->request.ca_id))
        return fail(err, ERR_BAD_CHALLENGE, "the challenge is used up or has expired");
    if (!device_may_issue(job->issuer, job->request.now, err))
        return false;
    return grant->requires_approval ? prepare_pending(job, err) : prepare_certificate(job, err);
}

void ca_issue(struct authority *authority, const struct issue_request *request, issue_done_fn *done,
              void *context)
{
    struct error err = { .code = ERR_NONE };
    struct issuance *job = arena_take(request->arena, sizeof *job);
    struct issued issued;
    bool found;
    *job = (struct issuance){ authority, *request, done, context, .draws = 0 };
    job->write = (struct write){ write_issuance, stored, job };
    job->issuer = issuer_get(authority, request->grant->tenant_id, request->ca_id, request->version,
                             request->now, &err);
    if (!job->issuer || !enrolment_find_repeat(authority, request, &issued, &found, &err))
        refuse(job, &err);
    else if (found)
        answer(job, &issued);
    else if (prepare(job, &err))
        submit(job);
    else
        refuse(job, &err);
}
