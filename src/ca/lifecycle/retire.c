/*
 * Whether something has ended only the clock says, and one that is wrong for an hour, as after an
 * empty battery, would destroy every key of a CA. So each run notes the time, and destroys only
 * when the clock has gone on steadily from run to run for half a day. A jump, back or ahead, or a
 * long rest begins that anew.
 */
#include "ca/lifecycle/retire.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/lifecycle/versions.h"
#include "ca/officer.h"
#include "ca/status/publisher.h"
#include "model/audit.h"
#include "model/ca.h"
#include "store/rows.h"
#include "store/store.h"

#include <inttypes.h>

enum { ROWS_MAX = 1000, CAS_MAX = 16 }; /* at once */
enum { GAP_MAX_S = 3 * DAY, STEADY_S = 12 * HOUR };

#define SINCE_SETTING "retirement_clock_steady_since"
#define LAST_SETTING  "retirement_clock_last_seen"

/* ---- the clock ---- */

struct clock {
    int64_t since;
    int64_t last;
};

static bool read_time(struct session *session, const char *name, int64_t *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *text = NULL;
    *out = 0;
    if (!settings_get(session, name, arena, &text, err))
        return false;
    return !text || text_int(text, 0, INT64_MAX, out) ||
           fail(err, ERR_INTERNAL, "setting %s is no time", name);
}

static bool put_time(struct session *session, const char *name, int64_t value, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return settings_put(session, name, arena_format(arena, "%" PRId64, value), err);
}

static bool write_clock(struct session *session, void *context, struct error *err)
{
    const struct clock *clock = context;
    return put_time(session, SINCE_SETTING, clock->since, err) &&
           put_time(session, LAST_SETTING, clock->last, err);
}

static bool look_at_clock(struct authority *authority, time_t now, bool *is_steady,
                          struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct clock clock;
    if (!session || !read_time(session, SINCE_SETTING, &clock.since, err) ||
        !read_time(session, LAST_SETTING, &clock.last, err))
        return false;
    if (now < clock.last || now - clock.last > GAP_MAX_S)
        clock.since = now;
    clock.last = now;
    *is_steady = now - clock.since >= STEADY_S;
    return store_write(authority->store, write_clock, &clock, err);
}

/* ---- purging ---- */

/* A batch and its audit row, which says how many. */
struct purge {
    const char *tenant_id;
    const char *object_id;
    time_t before;
    time_t now;
    int64_t count;
};

static bool write_event(struct session *session, const struct purge *purge, const char *activity,
                        const char *object_type, const char *what, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    char before[TIMES_TEXT_OCTETS];
    times_text(purge->before, before);
    const struct audit_event event = {
        .tenant_id = purge->tenant_id,
        .actor = "timer",
        .activity = activity,
        .object_type = object_type,
        .object_id = purge->object_id,
        .detail = arena_format(arena, "%" PRId64 " %s before %s", purge->count, what, before),
        .is_success = true,
        .at = purge->now,
    };
    return purge->count == 0 || audit_insert(session, &event, err);
}

static bool purge_revoked(struct session *session, void *context, struct error *err)
{
    struct purge *purge = context;
    return revocations_purge(session, purge->object_id, purge->before, ROWS_MAX, &purge->count,
                             err) &&
           write_event(session, purge, "PurgeRevocations CloudCertificationAuthority",
                       "CloudCertificationAuthority", "revocations of what ended", err);
}

static bool purge_audited(struct session *session, void *context, struct error *err)
{
    struct purge *purge = context;
    return audit_purge(session, purge->tenant_id, purge->before, ROWS_MAX, &purge->count, err) &&
           write_event(session, purge, "PurgeAuditEvents Tenant", "Tenant", "audit rows", err);
}

static bool purge_all(struct authority *authority,
                      bool (*run)(struct session *, void *, struct error *), struct purge *purge,
                      struct error *err)
{
    do {
        if (!store_write(authority->store, run, purge, err))
            return false;
    } while (purge->count == ROWS_MAX);
    return true;
}

/* ---- revocations ---- */

/* The versions of a CA come one after the other; all list its revoked. */
struct listing_ca {
    struct listing_ca *next;
    const struct ca_version *version; /* any of them */
    time_t ends_from;                 /* the earliest of theirs */
};

struct listing {
    struct session *session;
    struct arena *arena;
    time_t now;
    struct listing_ca *newest; /* first of a list */
};

static bool add_version(const struct ca_version *version, void *context, struct error *err)
{
    struct listing *listing = context;
    struct listing_ca *ca = listing->newest;
    time_t ends_from = listing->now;
    /* Without a key there are no lists to come. */
    if (version->key_id[0] &&
        !publish_ends_from(listing->session, version->ca_id, version->number, &ends_from, err))
        return false;
    if (!ca || !text_equal(ca->version->ca_id, version->ca_id)) {
        ca = arena_take(listing->arena, sizeof *ca);
        *ca = (struct listing_ca){ listing->newest, version, listing->now };
        listing->newest = ca;
    }
    if (ends_from < ca->ends_from)
        ca->ends_from = ends_from;
    return true;
}

static bool purge_revocations(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct listing listing = { session, arena, now, NULL };
    if (!session || !ca_versions_each(session, arena, add_version, &listing, err))
        return false;
    for (const struct listing_ca *ca = listing.newest; ca; ca = ca->next) {
        struct purge purge = { ca->version->tenant_id, ca->version->ca_id, ca->ends_from, now, 0 };
        if (!purge_all(authority, purge_revoked, &purge, err))
            return error_context(err, "revocations of CA %s", ca->version->ca_id);
    }
    return true;
}

/* ---- audit rows ---- */

static bool find_old_audit(struct authority *authority, time_t before, struct arena *arena,
                           const char **tenant_id, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && audit_find_old(session, before, arena, tenant_id, err);
}

static bool purge_audit(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct purge purge = { .before = now - authority->settings.audit_days * DAY, .now = now };
    if (authority->settings.audit_days == 0)
        return true;
    do {
        if (!find_old_audit(authority, purge.before, arena, &purge.tenant_id, err))
            return false;
        purge.object_id = purge.tenant_id;
        if (purge.tenant_id && !purge_all(authority, purge_audited, &purge, err))
            return false;
    } while (purge.tenant_id);
    return true;
}

/* ---- deleted CAs ---- */

struct forgetting {
    const struct ended_ca *ca;
    time_t now;
    int64_t count;
};

static bool write_emptying(struct session *session, void *context, struct error *err)
{
    struct forgetting *forgetting = context;
    return cas_empty(session, forgetting->ca->id, ROWS_MAX, &forgetting->count, err);
}

static bool write_forgetting(struct session *session, void *context, struct error *err)
{
    const struct forgetting *forgetting = context;
    const struct audit_event event = {
        .tenant_id = forgetting->ca->tenant_id,
        .actor = "timer",
        .activity = "Forget CloudCertificationAuthority",
        .object_type = "CloudCertificationAuthority",
        .object_id = forgetting->ca->id,
        .detail = forgetting->ca->subject_name,
        .is_success = true,
        .at = forgetting->now,
    };
    return cas_forget(session, forgetting->ca, err) && audit_insert(session, &event, err);
}

/* Its own rows last: who is stopped before finds the CA again. */
static bool forget_ca(struct authority *authority, const struct ended_ca *ca, time_t now,
                      struct error *err)
{
    struct forgetting forgetting = { ca, now, 0 };
    do {
        if (!store_write(authority->store, write_emptying, &forgetting, err))
            return false;
    } while (forgetting.count);
    bool is_done = store_write(authority->store, write_forgetting, &forgetting, err);
    issuer_forget(authority, ca->id);
    officers_forget(authority, ca->id);
    return is_done;
}

static bool find_ended(struct authority *authority, time_t now, struct arena *arena,
                       struct ended_ca out[CAS_MAX], size_t *count, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && cas_ended(session, now, arena, out, CAS_MAX, count, err);
}

/* Again and again, because a root is over when the last CA below it is forgotten. */
static bool forget_cas(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct ended_ca ended[CAS_MAX];
    size_t count;
    do {
        if (!find_ended(authority, now, arena, ended, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!forget_ca(authority, &ended[i], now, err))
                return error_context(err, "CA %s", ended[i].id);
    } while (count);
    return true;
}

/* Keys first: a CA is not forgotten while one is left. */
static bool (*const steps[])(struct authority *, time_t, struct error *) = {
    versions_retire, retire_keys, forget_cas, purge_revocations, purge_audit,
};

bool retire_due(void *context, time_t now, struct error *err)
{
    struct authority *authority = context;
    bool is_steady;
    if (!look_at_clock(authority, now, &is_steady, err))
        return false;
    for (size_t i = 0; is_steady && i < ARRAY_LEN(steps); i++) {
        struct error own = { .code = ERR_NONE };
        if (!steps[i](authority, now, &own) && err->code == ERR_NONE)
            *err = own;
    }
    return err->code == ERR_NONE;
}
