/*
 * A private key is of no use once everything it signed has ended, and is destroyed then: with its
 * row's key_id, in one transaction, so that a row either names a key that is there or says ''.
 */
#include "ca/lifecycle/retire.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/officer.h"
#include "keys/keys.h"
#include "model/audit.h"
#include "model/ca.h"
#include "store/rows.h"
#include "store/store.h"

enum { OFFICES_MAX = 64 }; /* at once */

static struct audit_event event_of(const char *tenant_id, const char *ca_id, const char *key_id,
                                   const char *subject_name, time_t now, struct arena *arena)
{
    return (struct audit_event){
        .tenant_id = tenant_id,
        .actor = "timer",
        .activity = "DestroyKey CloudCertificationAuthority",
        .object_type = "CloudCertificationAuthority",
        .object_id = ca_id,
        .detail = arena_format(arena, "key %s of %s", key_id, subject_name),
        .is_success = true,
        .at = now,
    };
}

static void forget(struct authority *authority, const char *ca_id, const char *key_id)
{
    keys_forget(authority->keys, key_id);
    issuer_forget(authority, ca_id);
    officers_forget(authority, ca_id);
}

/* ---- RA, responder, TLS ---- */

struct offices {
    struct ended_office rows[OFFICES_MAX];
    size_t count;
    time_t now;
};

static bool write_offices(struct session *session, void *context, struct error *err)
{
    const struct offices *offices = context;
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < offices->count; i++) {
        const struct ended_office *office = &offices->rows[i];
        const struct audit_event event = event_of(office->tenant_id, office->ca_id, office->key_id,
                                                  office->subject_name, offices->now, arena);
        if (!offices_destroy_key(session, office, offices->now, err) ||
            !audit_insert(session, &event, err))
            return error_context(err, "key %s", office->key_id);
    }
    return true;
}

static bool read_offices(struct authority *authority, struct arena *arena, struct offices *out,
                         struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session &&
           offices_ended(session, out->now, arena, out->rows, OFFICES_MAX, &out->count, err);
}

/* What was destroyed is not found again, so this ends. */
static bool retire_offices(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct offices offices = { .now = now };
    do {
        if (!read_offices(authority, arena, &offices, err) ||
            (offices.count && !store_write(authority->store, write_offices, &offices, err)))
            return false;
        for (size_t i = 0; i < offices.count; i++)
            forget(authority, offices.rows[i].ca_id, offices.rows[i].key_id);
    } while (offices.count == OFFICES_MAX);
    return true;
}

/* ---- versions of CAs ---- */

struct retiring {
    struct authority *authority;
    struct session *session;
    struct arena *arena;
    time_t now;
    struct error first; /* one CA's trouble keeps no other waiting */
};

struct version_end {
    const struct ca_version *version;
    struct audit_event event;
};

static bool write_version(struct session *session, void *context, struct error *err)
{
    const struct version_end *end = context;
    return ca_versions_destroy_key(session, end->version, err) &&
           audit_insert(session, &end->event, err);
}

static bool may_issue(const struct ca_version *version, time_t now)
{
    return now <= version->not_after &&
           (version->status == VERSION_ACTIVE || version->status == VERSION_STAGED ||
            version->status == VERSION_PAUSED);
}

/* The end of all that the key signed: a root's own certificate is of that. A version that was
 * revoked before it issued anything has its lists to sign all the same. */
static bool find_end(const struct retiring *retiring, const struct ca_version *version, time_t *out,
                     struct error *err)
{
    if (!leaves_latest_end(retiring->session, version->ca_id, version->number, LEAF_KIND_NONE, out,
                           err))
        return false;
    if ((version->ca_type == CA_ROOT || retiring->now > version->not_after) &&
        version->not_after > *out)
        *out = version->not_after;
    if (version->revoked_at > *out)
        *out = version->revoked_at;
    return true;
}

/* The final list is a scheduled one made after that end: all that was revoked stood on it. */
static bool is_over(const struct retiring *retiring, const struct ca_version *version, bool *out,
                    struct error *err)
{
    time_t end, last;
    if (!find_end(retiring, version, &end, err) ||
        !crls_last_scheduled(retiring->session, version->ca_id, version->number, &last, err))
        return false;
    *out = end < retiring->now && last > end;
    return true;
}

static bool retire_version(const struct retiring *retiring, const struct ca_version *version,
                           struct error *err)
{
    bool over;
    if (!version->key_id[0] || may_issue(version, retiring->now))
        return true;
    if (!is_over(retiring, version, &over, err))
        return false;
    if (!over)
        return true;
    struct version_end end = { version,
                               event_of(version->tenant_id, version->ca_id, version->key_id,
                                        version->subject_name, retiring->now, retiring->arena) };
    bool is_done = store_write(retiring->authority->store, write_version, &end, err);
    forget(retiring->authority, version->ca_id, version->key_id);
    return is_done;
}

static bool try_version(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct retiring *retiring = context;
    struct error own = { .code = ERR_NONE };
    if (!retire_version(retiring, version, &own) && retiring->first.code == ERR_NONE) {
        error_context(&own, "version %s", version->id);
        retiring->first = own;
    }
    return true;
}

bool retire_keys(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct retiring retiring = {
        .authority = authority, .session = session, .arena = arena, .now = now
    };
    if (!session || !retire_offices(authority, now, err) ||
        !ca_versions_each(session, arena, try_version, &retiring, err))
        return false;
    if (retiring.first.code != ERR_NONE)
        *err = retiring.first;
    return err->code == ERR_NONE;
}
