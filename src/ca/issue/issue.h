/*
 * issue - the one way a certificate comes into being: policy, serial, template, signature, row.
 *
 * pki-rules §1 to §4. The CSR is compared with the grant (ca/policy), the certificate is built
 * and signed on the caller's thread, and stored with the challenge's use, the enrolment and the
 * audit row in one write; done() runs on a worker after that commit. Nothing is returned before.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "model/enrolment.h"
#include "model/grant.h"
#include "model/leaf.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct authority;
struct csr;

enum issue_outcome { ISSUE_FAILED, ISSUE_ISSUED, ISSUE_PENDING, ISSUE_REJECTED };

struct issued {
    enum issue_outcome outcome;
    struct bytes certificate; /* DER, in the request's arena */
    struct bytes issuer;      /* DER of the CA certificate that signed it, likewise */
    const char *certificate_id;
    /* Of what was issued just now, not of a repeat: */
    const struct leaf *leaf; /* the row, in the request's arena */
    struct bytes chain;      /* above the issuer, DER end to end, root last; only during done() */
};

/* err->code says why on ISSUE_FAILED. Runs once, on a worker. */
typedef void issue_done_fn(void *context, const struct issued *issued, const struct error *err);

struct issue_request {
    const char *ca_id;
    int64_t version;           /* 0: the active one; or one that is staged */
    const struct csr *csr;     /* parsed and verified; lives in the arena */
    const struct grant *grant; /* lives in the arena */
    const char *actor;         /* "scep" or the token's subject */
    const char *request_id;
    time_t now;
    struct arena *arena; /* must live until done() */
    /* SCEP: makes the request idempotent; message_type 0 when there is no transaction.
     * transaction and request are hashes, see model/enrolment.h. */
    int64_t message_type;
    struct bytes transaction;
    struct bytes request;
};

/* Calls done exactly once, perhaps before it returns. [worker] */
void ca_issue(struct authority *authority, const struct issue_request *request, issue_done_fn *done,
              void *context);

/* The answer to a transaction already known: ISSUE_FAILED with ERR_NOT_FOUND when there is none.
 * A certificate that was revoked since is never given out again. [worker] */
bool enrolment_poll(struct authority *authority, const char *ca_id, int64_t message_type,
                    struct bytes transaction, time_t now, struct arena *arena, struct issued *out,
                    struct error *err) MUST_CHECK;

struct actor;

/* Decides a PENDING enrolment: issues, or refuses for good. id is the enrolment's. [desk] */
bool enrolment_approve(struct authority *authority, const struct actor *actor, const char *id,
                       time_t now, struct error *err) MUST_CHECK;
bool enrolment_reject(struct authority *authority, const struct actor *actor, const char *id,
                      time_t now, struct error *err) MUST_CHECK;
