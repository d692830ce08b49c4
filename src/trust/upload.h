/*
 * upload - a bundle of CAs fetched and added to a PKI, as a job of the trust's own thread.
 *
 * The job is a row from the moment it was accepted until its outcome stands in the PKI's status;
 * what a process leaves behind is taken up again: from the start, and what it added before counts
 * as its own. A bundle that holds anything we do not take adds nothing at all.
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/pki.h"

#include <stdbool.h>
#include <time.h>

struct error;
struct trust;

/* Errors: ERR_INVALID for a URL that may not be fetched, ERR_CONFLICT while one is running,
 * ERR_NOT_FOUND. */
bool upload_begin(struct trust *trust, const struct actor *actor, const char *pki_id,
                  const struct pki_upload_wish *wish, time_t now, struct error *err) MUST_CHECK;

/* Works on one that nobody holds; *found false when there is none. false when the database is
 * away: it is tried again later. */
bool upload_run_next(struct trust *trust, time_t now, bool *found, struct error *err) MUST_CHECK;
