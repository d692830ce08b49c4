/*
 * revoke_many - the leaves of a CA that a filter finds are revoked, put on hold or released, in
 * batches: action cloudpki.revokeCertificates.
 *
 * Each batch is one transaction with a row for it and one for each certificate in the audit. What
 * fails stops there: the message then says how many were changed, which stay so. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "x509/reason.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct authority;
struct error;
struct filter;

enum { REVOKE_BATCH_MAX = 500 };

struct many_revoked {
    int64_t matched; /* that the filter finds, and that this reason may change */
    int64_t revoked; /* changed; with is_dry_run none */
};

struct revoke_many {
    const char *ca_id;
    const struct filter *filter; /* of leaf_entity; NULL: all */
    enum reason reason;
    bool is_dry_run;
};

/* ERR_NOT_FOUND unless the CA is the tenant's. A certificate that somebody else changes meanwhile
 * is left as he wants it. */
bool ca_revoke_many(struct authority *authority, const struct actor *actor,
                    const struct revoke_many *wanted, time_t now, struct many_revoked *out,
                    struct error *err) MUST_CHECK;
