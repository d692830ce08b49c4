#include "ca/status/publish.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/status/crl_list.h"
#include "ca/status/publisher.h"
#include "store/rows.h"
#include "store/store.h"

/* Between the moment a revocation is dated and the moment it is committed, on a node whose clock
 * may differ from ours: whatever is decided by such dates allows for this much. */
enum { SAFETY_S = 10 * MINUTE };

/* Since when a delta lists what changed: since ever. 0 would be a complete list. */
enum { EVERYTHING = 1 };

/* Up to here a publication reads one state of the database. Writing more would hold its snapshot
 * for too long, so longer lists are read page by page: a revocation that comes meanwhile may stand
 * in the delta, which is read last, and not yet in the complete list; it asks for the next. */
enum { SNAPSHOT_ENTRIES_MAX = 50000 };

struct publishing {
    struct authority *authority;
    const struct publication *wanted;
    const struct issuer *issuer;
    time_t now;
    int64_t number;
    time_t this_update;
    time_t ends_from;
    int64_t base_number;
    time_t base_since; /* entries of the delta */
    struct crl_list *complete;
    struct crl_list *delta;
};

static bool reserve(struct session *session, void *context, struct error *err)
{
    struct publishing *publishing = context;
    return crls_reserve(session, publishing->issuer->ca_id, publishing->now, &publishing->number,
                        &publishing->this_update, err);
}

/* The base of deltas is the oldest complete list still valid, so that whoever holds any valid one
 * can use them. Without one this very publication is the base, and makes a complete list. A base
 * that is dated ahead of us was made while a clock was wrong: then the delta lists everything. */
static bool find_base(struct publishing *publishing, struct session *session, bool *found,
                      struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error missing = { .code = ERR_NONE };
    struct crl_row base;
    *found = crls_oldest_valid(session, publishing->issuer->ca_id, publishing->issuer->number,
                               publishing->now, arena, &base, &missing);
    if (!*found && missing.code != ERR_NOT_FOUND)
        return fail(err, missing.code, "%s", missing.message);
    publishing->base_number = *found ? base.number : publishing->number;
    time_t since = *found ? base.this_update : publishing->this_update;
    publishing->base_since = since > publishing->now ? EVERYTHING : since - SAFETY_S;
    return true;
}

static struct crl_list *gather(struct publishing *publishing, struct session *session,
                               enum crl_kind kind, struct error *err)
{
    const struct authority_settings *settings = &publishing->authority->settings;
    bool is_delta = kind == CRL_DELTA;
    const struct crl_plan plan = {
        .issuer = publishing->issuer,
        .urls = &settings->urls,
        .kind = kind,
        .number = publishing->number,
        .base_number = publishing->base_number,
        .this_update = publishing->this_update,
        .next_update = publishing->this_update +
                       (is_delta ? settings->delta_lifetime_s : settings->crl_lifetime_s),
        .ends_from = publishing->ends_from,
        .since = is_delta ? publishing->base_since : 0,
        .is_scheduled = !is_delta && publishing->wanted->is_scheduled,
    };
    SCOPED(crl_list_free)
    struct crl_list *list = crl_list_new(publishing->authority->store, &plan);
    return crl_list_gather(list, session, err) ? TAKE(list) : NULL;
}

/* How long the list will be, the last one tells: counting takes as long as half of reading. */
static bool take_snapshot(struct publishing *publishing, struct session *session, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error missing = { .code = ERR_NONE };
    struct crl_row last;
    bool found = crls_current(session, publishing->issuer->ca_id, publishing->issuer->number,
                              CRL_COMPLETE, arena, &last, &missing);
    if (!found && missing.code != ERR_NOT_FOUND)
        return fail(err, missing.code, "%s", missing.message);
    return (found && last.entries > SNAPSHOT_ENTRIES_MAX) || session_snapshot(session, err);
}

/* The delta after the complete list: should they differ, it says more. */
static bool gather_lists(struct publishing *publishing, struct error *err)
{
    SCOPED(session_free)
    struct session *session = store_read(publishing->authority->store, err);
    bool has_base;
    if (!session || !take_snapshot(publishing, session, err) ||
        !publish_ends_from(session, publishing->issuer->ca_id, publishing->issuer->number,
                           &publishing->ends_from, err) ||
        !find_base(publishing, session, &has_base, err))
        return false;
    if (publishing->wanted->complete || !has_base) {
        publishing->complete = gather(publishing, session, CRL_COMPLETE, err);
        if (!publishing->complete)
            return false;
    }
    if (publishing->wanted->delta) {
        publishing->delta = gather(publishing, session, CRL_DELTA, err);
        if (!publishing->delta)
            return false;
    }
    return true;
}

static bool show(struct session *session, void *context, struct error *err)
{
    const struct publishing *publishing = context;
    return (!publishing->complete || crl_list_publish(publishing->complete, session, err)) &&
           (!publishing->delta || crl_list_publish(publishing->delta, session, err));
}

/* The number first, in a write of its own: a failure skips it, because two lists must never share
 * one. The state is read after that, so a higher number never shows an older state. */
static bool publish(struct publishing *publishing, struct error *err)
{
    struct store *store = publishing->authority->store;
    bool is_done = store_write(store, reserve, publishing, err) && gather_lists(publishing, err) &&
                   (!publishing->complete || crl_list_sign(publishing->complete, err)) &&
                   (!publishing->delta || crl_list_sign(publishing->delta, err)) &&
                   store_write(store, show, publishing, err);
    crl_list_free(publishing->complete);
    crl_list_free(publishing->delta);
    return is_done;
}

bool publish_ends_from(struct session *session, const char *ca_id, int64_t version, time_t *out,
                       struct error *err)
{
    time_t last;
    if (!crls_last_scheduled(session, ca_id, version, &last, err))
        return false;
    *out = last > SAFETY_S ? last - SAFETY_S : 0;
    return true;
}

bool publish_crls(struct authority *authority, const struct publication *publication, time_t now,
                  struct error *err)
{
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, publication->tenant_id, publication->ca_id,
                                       publication->version, now, err);
    if (!issuer)
        return false;
    if (!issuer->key)
        return fail(err, ERR_CONFLICT, "CRL: the key of CA %s is destroyed", issuer->ca_id);
    struct publishing publishing = {
        .authority = authority, .wanted = publication, .issuer = issuer, .now = now
    };
    publisher_enter(authority->publisher, issuer->ca_id);
    bool is_done = publish(&publishing, err);
    publisher_leave(authority->publisher, issuer->ca_id);
    return is_done || error_context(err, "CRL of CA %s", issuer->ca_id);
}
