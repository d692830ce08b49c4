/*
 * sign_request - a certificate for a CSR that an administrator brings: action
 * cloudpki.signCertificateRequest.
 *
 * The same code as SCEP's: possession, policy, template, one write, and the answer after its
 * commit. What the caller wishes comes as a grant, see auth/challenge.h; it has no challenge.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "ca/issue/issue.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct authority;
struct grant;

struct sign_request {
    const char *ca_id;
    int64_t version;           /* 0: the active one; or one that is staged */
    struct bytes csr;          /* PEM, DER or base64 of either; borrowed until done() */
    const struct grant *grant; /* likewise */
    const char *actor;
    const char *request_id;
    time_t now;
    struct arena *arena; /* must live until done() */
};

/* Calls done exactly once, perhaps before it returns; then issued has the row and the chain.
 * Errors beyond ca_issue's: ERR_BAD_CSR, ERR_BAD_SIGNATURE, ERR_WEAK_ALGORITHM. [worker] */
void ca_sign_request(struct authority *authority, const struct sign_request *request,
                     issue_done_fn *done, void *context);
