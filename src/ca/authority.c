#include "ca/authority.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/cache.h"
#include "ca/lifecycle/retire.h"
#include "ca/ra.h"
#include "ca/responder.h"
#include "ca/status/publish.h"
#include "ca/status/publisher.h"
#include "store/rows.h"
#include "store/store.h"

enum { CHALLENGE_KEPT_S = 30 * DAY }; /* what waits for approval needs its challenge */

const struct authority_settings authority_settings_default = {
    .urls = { .public_url = "http://localhost:8080", .api_url = "https://localhost:8443" },
    .responder = RESPONDER_P256,
    .cas_max = 100,
    .leaf_days = 0,
    .crl_period_s = 7 * DAY / 2,
    .crl_lifetime_s = 7 * DAY,
    .delta_period_s = 12 * HOUR,
    .delta_lifetime_s = DAY,
    .max_age_s = MINUTE,
    .revocation_delay_s = 2,
    .publish_entries_max = 20000,
    .audit_days = 2555,
    .allow_early_renewal = false,
};

static bool write_purge(struct session *session, void *context, struct error *err)
{
    time_t now = *(const time_t *)context;
    return enrolments_purge(session, now, err) &&
           challenges_purge(session, now - CHALLENGE_KEPT_S, err);
}

static bool purge(void *context, time_t now, struct error *err)
{
    const struct authority *authority = context;
    return store_write(authority->store, write_purge, &now, err);
}

/* Renewing is looked at every minute, because it also makes what a new CA could not get at once. */
const struct timer_row authority_timers[] = {
    // clang-format off
    { "crl.due",         MINUTE, publish_due },
    { "crl.asked",       1,      publish_asked },
    { "ra.renew",        MINUTE, ra_renew_due },
    { "responder.renew", MINUTE, responder_renew_due },
    { "enrolment.purge", HOUR,   purge },
    { "retire",          DAY,    retire_due },
    { 0 },
    // clang-format on
};

struct authority *authority_new(const struct authority_options *options, struct error *err)
{
    const struct authority_settings *settings = &options->settings;
    if (!settings->urls.public_url || settings->cas_max < 1)
        return fail_null(err, ERR_INVALID, "authority: a public URL and room for a CA are needed");
    struct authority *authority = memory_new(sizeof *authority);
    *authority = (struct authority){
        .store = options->store,
        .keys = options->keys,
        .workers = options->workers,
        .desk = options->desk,
        .metrics = options->metrics,
        .settings = *settings,
        .issuers = issuers_new(),
        .publisher = publisher_new(),
        .officers = officers_new(),
    };
    publisher_measure(authority);
    return authority;
}

void authority_free(struct authority *authority)
{
    if (!authority)
        return;
    cache_free(authority->officers);
    publisher_free(authority->publisher);
    cache_free(authority->issuers);
    memory_free(authority);
}

const struct authority_settings *authority_settings(const struct authority *authority)
{
    return &authority->settings;
}
