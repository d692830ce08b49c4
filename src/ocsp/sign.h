/*
 * sign - from a request to a signed answer: which CA version, what it says, until when.
 *
 * One signer per reply: the responder of the first CertID that is ours; the others are answered
 * if they are of the same version and are unknown otherwise. Errors: ERR_FORBIDDEN, which is
 * unauthorized, when no CertID is ours or the version has ended; ERR_BUSY when it has no responder
 * now; ERR_INTERNAL.
 */
#pragma once

#include "base/attributes.h"
#include "ocsp/answer.h"

#include <stdint.h>
#include <time.h>

struct authority;
struct error;
struct index;
struct store;

struct signing {
    struct authority *authority;
    struct store *store;
    struct index *index;
    const char *ca_id; /* "": any of ours */
    time_t now;
    int64_t now_ms;
};

/* Answers about one serial that is ours, without nonce, carry their CertID and may be cached. */
struct answer *sign_answer(const struct signing *signing, const struct ocsp_request *request,
                           struct error *err) MUST_CHECK;
