/*
 * enrolment - transactions already known: the same request gets the same answer, §4.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/enrolment.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct authority;
struct error;
struct grant;
struct issued;
struct issue_request;
struct leaf;

enum { PENDING_S = 7 * 24 * 3600, REPEAT_S = 3600, REPEAT_RENEWAL_S = 24 * 3600 };

/* *found with the answer when the request was seen before; ERR_BAD_CSR when its transaction was
 * used for another one, or the certificate was revoked since. [worker] */
bool enrolment_find_repeat(struct authority *authority, const struct issue_request *request,
                           struct issued *out, bool *found, struct error *err) MUST_CHECK;

/* The row of a request; certificate NULL: it waits for approval. */
struct enrolment enrolment_of(const struct issue_request *request, const struct leaf *certificate);

/* Until when a repeated request is answered with this certificate. */
time_t enrolment_end(const struct grant *grant, const struct leaf *certificate, time_t now);
