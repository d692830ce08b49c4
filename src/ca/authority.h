/*
 * authority - the root object of ca/: what issuing, revoking and publishing share.
 *
 * An authority borrows store and keys, owns the caches of issuers and officers, and is
 * thread-safe. Functions say where they may run: [worker] never waits, [desk] may wait for
 * commits and keys. Times are parameters.
 */
#pragma once

#include "base/attributes.h"
#include "base/timer.h"
#include "model/audit.h"
#include "model/urls.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;
struct keys;
struct metrics;
struct pool;
struct store;

/* Who signs OCSP answers: a delegated responder with such a key, or the CA itself. */
enum responder_kind { RESPONDER_P256, RESPONDER_RSA, RESPONDER_CA };

struct authority_settings {
    struct urls urls;
    enum responder_kind responder;
    int64_t cas_max;             /* per tenant, 100 */
    int64_t leaf_days;           /* default validity of a leaf: 0 is one calendar year */
    int crl_period_s;            /* complete: 3.5 days */
    int crl_lifetime_s;          /* 7 days */
    int delta_period_s;          /* 12 h */
    int delta_lifetime_s;        /* 1 day */
    int max_age_s;               /* how long caches may keep lists and OCSP answers, 60 */
    int revocation_delay_s;      /* wait for others, 2 */
    int64_t publish_entries_max; /* complete at once up to here, 20,000 */
    int64_t audit_days;          /* audit rows are kept, 2,555; 0: for ever */
    bool allow_early_renewal;    /* RenewalReq before the last half of a certificate's life */
};
extern const struct authority_settings authority_settings_default;

struct authority_options {
    struct store *store;
    struct keys *keys;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    struct authority_settings settings; /* texts are borrowed for the authority's life */
};

struct authority *authority_new(const struct authority_options *options,
                                struct error *err) MUST_CHECK;
void authority_free(struct authority *authority);
DEFINE_SCOPED(struct authority *, authority_free)

const struct authority_settings *authority_settings(const struct authority *authority);

/* RA, responder, CRL and retirement timers; context is the authority. */
extern const struct timer_row authority_timers[];
