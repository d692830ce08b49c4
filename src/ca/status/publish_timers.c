#include "base/arena.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/status/publish.h"
#include "ca/status/publisher.h"
#include "store/rows.h"
#include "store/store.h"

#include <math.h>

enum { VERSIONS_MAX = 128, RETRY_S = 10, CATCH_UP_S = 10 * MINUTE };

/* What stands published of one version; times are 0 where there is nothing. */
struct shown {
    time_t scheduled;
    time_t complete;
    time_t delta;
    time_t complete_ends; /* nextUpdate */
    time_t delta_ends;
    int64_t entries; /* of the complete list */
};

/* One version, apart from the session it was read in. */
struct candidate {
    struct candidate *next;
    const char *ca_id;
    int64_t number;
    int64_t status;
    time_t not_after;
    bool has_key;
};

struct candidates {
    struct arena *arena;
    struct candidate *first;
    struct candidate **last;
};

static bool keep_candidate(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct candidates *candidates = context;
    struct candidate *candidate = arena_take(candidates->arena, sizeof *candidate);
    *candidate = (struct candidate){ NULL,
                                     arena_text(candidates->arena, version->ca_id),
                                     version->number,
                                     version->status,
                                     version->not_after,
                                     version->key_id[0] != '\0' };
    *candidates->last = candidate;
    candidates->last = &candidate->next;
    return true;
}

static bool read_candidates(struct authority *authority, struct candidates *out, struct error *err)
{
    out->last = &out->first;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && ca_versions_each(session, out->arena, keep_candidate, out, err);
}

/* A row of zeros when there is none. Its texts are not for use. */
static bool read_row(struct session *session, const char *ca_id, int64_t number, int64_t kind,
                     struct crl_row *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error missing = { .code = ERR_NONE };
    *out = (struct crl_row){ 0 };
    return crls_current(session, ca_id, number, kind, arena, out, &missing) ||
           missing.code == ERR_NOT_FOUND || fail(err, missing.code, "%s", missing.message);
}

static bool read_shown(struct session *session, const char *ca_id, int64_t number,
                       struct shown *out, struct error *err)
{
    struct crl_row complete, delta;
    if (!crls_last_scheduled(session, ca_id, number, &out->scheduled, err) ||
        !read_row(session, ca_id, number, CRL_COMPLETE, &complete, err) ||
        !read_row(session, ca_id, number, CRL_DELTA, &delta, err))
        return false;
    out->complete = complete.this_update;
    out->complete_ends = complete.next_update;
    out->entries = complete.entries;
    out->delta = delta.this_update;
    out->delta_ends = delta.next_update;
    return true;
}

/* RFC 5280 §3.3: the last list of a version is a scheduled one made after its end. */
static bool is_finished(time_t not_after, const struct shown *shown)
{
    return shown->scheduled > not_after;
}

static struct publication plan(const struct authority_settings *settings,
                               const struct candidate *candidate, const struct shown *shown,
                               time_t now)
{
    bool complete = shown->complete == 0 || shown->complete_ends <= now ||
                    shown->scheduled + settings->crl_period_s <= now;
    bool delta =
        complete || shown->delta_ends <= now || shown->delta + settings->delta_period_s <= now;
    return (struct publication){ .ca_id = candidate->ca_id,
                                 .version = candidate->number,
                                 .complete = complete,
                                 .delta = delta,
                                 .is_scheduled = complete };
}

/* After a restart nobody remembers what was asked for: lists older than a revocation are. */
static bool catch_up(struct authority *authority, struct session *session,
                     const struct candidate *candidate, const struct shown *shown,
                     struct error *err)
{
    time_t newest = shown->complete > shown->delta ? shown->complete : shown->delta;
    int64_t count;
    if (!revocations_count(session, candidate->ca_id, 0, newest - CATCH_UP_S, &count, err))
        return false;
    if (count)
        publisher_ask_at(authority->publisher, candidate->ca_id, 0);
    return true;
}

/* A key that is destroyed publishes no more, and that is no failure. */
static bool publish_planned(struct authority *authority, const struct publication *publication,
                            time_t now, struct error *err)
{
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(authority, NULL, publication->ca_id, publication->version, now, err);
    if (!issuer)
        return false;
    return !issuer->key || publish_crls(authority, publication, now, err);
}

static bool publish_candidate(struct authority *authority, const struct candidate *candidate,
                              bool is_start, time_t now, bool *has_published, struct error *err)
{
    if (!candidate->has_key)
        return true;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct shown shown;
    if (!session || !read_shown(session, candidate->ca_id, candidate->number, &shown, err))
        return false;
    if (is_finished(candidate->not_after, &shown))
        return true;
    if (is_start && !catch_up(authority, session, candidate, &shown, err))
        return false;
    session_free(TAKE(session));
    const struct publication publication = plan(&authority->settings, candidate, &shown, now);
    if (!publication.complete && !publication.delta)
        return true;
    *has_published = true;
    return publish_planned(authority, &publication, now, err);
}

/* The first failure is told, the others are tried none the less. */
static void keep_first(struct error *first, const struct error *err)
{
    if (first->code == ERR_NONE)
        *first = *err;
}

static bool purge(struct session *session, void *context, struct error *err)
{
    const time_t *now = context;
    return crls_purge(session, *now, err);
}

/* A list that was long stays so until a scheduled one: nothing need be counted then. */
static bool is_long(struct authority *authority, struct session *session,
                    const struct issuer *issuer, const struct shown *shown, bool *out,
                    struct error *err)
{
    int64_t max = authority->settings.publish_entries_max;
    int64_t count = shown->entries;
    if (count <= max &&
        !revocations_count(session, issuer->ca_id, shown->scheduled, 0, &count, err))
        return false;
    *out = count > max;
    return true;
}

/* Above the setting the delta goes out at once and the complete list at most hourly. */
static bool may_complete(struct authority *authority, struct session *session,
                         const struct issuer *issuer, time_t now, time_t *due_at, struct error *err)
{
    struct shown shown;
    bool is_delayed;
    if (!read_shown(session, issuer->ca_id, issuer->number, &shown, err) ||
        !is_long(authority, session, issuer, &shown, &is_delayed, err))
        return false;
    *due_at = is_delayed && shown.complete + HOUR > now ? shown.complete + HOUR : 0;
    if (is_finished(issuer->not_after, &shown))
        *due_at = -1;
    return true;
}

static bool publish_version(struct authority *authority, const struct issuer *issuer, time_t now,
                            struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    time_t due_at;
    if (!session || !may_complete(authority, session, issuer, now, &due_at, err))
        return false;
    session_free(TAKE(session));
    if (!issuer->key || due_at < 0)
        return true;
    if (due_at > 0)
        publisher_ask_at(authority->publisher, issuer->ca_id, due_at);
    const struct publication publication = { .tenant_id = issuer->tenant_id,
                                             .ca_id = issuer->ca_id,
                                             .version = issuer->number,
                                             .complete = due_at == 0,
                                             .delta = true };
    return publish_crls(authority, &publication, now, err);
}

static bool publish_versions(struct authority *authority, const char *ca_id, time_t now,
                             struct error *err)
{
    struct issuer *versions[VERSIONS_MAX];
    struct error first = { .code = ERR_NONE };
    int count = issuer_versions(authority, ca_id, now, versions, VERSIONS_MAX, err);
    for (int i = 0; i < count; i++) {
        struct error one = { .code = ERR_NONE };
        if (!publish_version(authority, versions[i], now, &one))
            keep_first(&first, &one);
        issuer_release(versions[i]);
    }
    return count >= 0 && (first.code == ERR_NONE || fail(err, first.code, "%s", first.message));
}

bool publish_due(void *context, time_t now, struct error *err)
{
    struct authority *authority = context;
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct candidates candidates = { .arena = arena };
    struct error first = { .code = ERR_NONE };
    bool is_start = publisher_is_new(authority->publisher);
    bool has_published = is_start;
    if (!read_candidates(authority, &candidates, err))
        return false;
    for (const struct candidate *one = candidates.first; one; one = one->next) {
        struct error failure = { .code = ERR_NONE };
        if (!publish_candidate(authority, one, is_start, now, &has_published, &failure))
            keep_first(&first, &failure);
    }
    struct error failure = { .code = ERR_NONE };
    if (has_published && !store_write(authority->store, purge, &now, &failure))
        keep_first(&first, &failure);
    return first.code == ERR_NONE || fail(err, first.code, "%s", first.message);
}

bool publish_asked(void *context, time_t now, struct error *err)
{
    struct authority *authority = context;
    struct error first = { .code = ERR_NONE };
    char ca_id[UUID_TEXT_OCTETS];
    while (
        publisher_take(authority->publisher, now, authority->settings.revocation_delay_s, ca_id)) {
        struct error one = { .code = ERR_NONE };
        if (publish_versions(authority, ca_id, now, &one))
            continue;
        publisher_ask_at(authority->publisher, ca_id, now + RETRY_S);
        keep_first(&first, &one);
    }
    return first.code == ERR_NONE || fail(err, first.code, "%s", first.message);
}

bool publish_oldest_age(struct authority *authority, time_t now, double *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct candidates candidates = { .arena = arena };
    *out = 0;
    if (!read_candidates(authority, &candidates, err))
        return false;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    for (const struct candidate *one = candidates.first; session && one; one = one->next) {
        struct shown shown;
        if (!read_shown(session, one->ca_id, one->number, &shown, err))
            return false;
        bool is_live =
            one->has_key && one->not_after > now && one->status != VERSION_DECOMMISSIONED;
        if (is_live && shown.complete && (double)(now - shown.complete) > *out)
            *out = (double)(now - shown.complete);
    }
    return session != NULL;
}

/* An age that cannot be read is told as endless: that is what an alarm should take it for. */
static double read_age(void *authority)
{
    struct error err = { .code = ERR_NONE };
    double age;
    return publish_oldest_age(authority, times_now(), &age, &err) ? age : INFINITY;
}

void publisher_measure(struct authority *authority)
{
    if (authority->metrics)
        metrics_gauge_read(authority->metrics, "cloudpki_crl_age_seconds",
                           "Age of the oldest complete CRL that a live CA serves.", NULL, read_age,
                           authority);
}
