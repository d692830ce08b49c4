#include "trust/pkis.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/times.h"
#include "store/entity.h"
#include "store/pkis.h"
#include "store/rows.h"
#include "store/store.h"
#include "trust/trust_inside.h"
#include "trust/trusted_cas.h"

enum { PURGE_MAX = 100 }; /* at once */

/* One change of one PKI with its audit row. */
struct change {
    const struct pki *pki; /* what a create or change writes; NULL otherwise */
    const char *tenant_id;
    const char *id;
    time_t now;
    struct audit_event event;
};

static struct change change_of(const struct actor *actor, const char *activity, const char *id,
                               time_t now)
{
    return (struct change){ .tenant_id = actor->tenant_id,
                            .id = id,
                            .now = now,
                            .event = audit_event_of(actor, activity, PKI_TYPE, id, now) };
}

static bool write_new(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return entity_insert(session, &pki_entity, change->pki, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_name(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_rename(session, change->tenant_id, change->id, change->pki->display_name,
                       change->now, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_deletion(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_delete(session, change->tenant_id, change->id, change->now, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_restoration(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_restore(session, change->tenant_id, change->id, change->now, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_purge(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_purge(session, change->tenant_id, change->id, err) &&
           audit_insert(session, &change->event, err);
}

static bool read_back(struct trust *trust, const struct change *change, struct arena *arena,
                      struct pki *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(trust->store, err);
    return session && entity_get(session, &pki_entity, change->tenant_id, change->id, change->now,
                                 arena, out, err);
}

bool pki_create(struct trust *trust, const struct actor *actor, const struct pki *wanted,
                time_t now, struct arena *arena, struct pki *out, struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    *out = (struct pki){ .id = id,
                         .tenant_id = actor->tenant_id,
                         .display_name = wanted->display_name,
                         .created_at = now,
                         .modified_at = now };
    struct change change = change_of(actor, "Create CertificateBasedAuthPki", id, now);
    change.pki = out;
    return store_write(trust->store, write_new, &change, err);
}

bool pki_change(struct trust *trust, const struct actor *actor, const struct pki *wanted,
                time_t now, struct arena *arena, struct pki *out, struct error *err)
{
    struct change change = change_of(actor, "Patch CertificateBasedAuthPki", wanted->id, now);
    change.pki = wanted;
    return store_write(trust->store, write_name, &change, err) &&
           read_back(trust, &change, arena, out, err);
}

bool pki_delete(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                struct error *err)
{
    struct change change = change_of(actor, "Delete CertificateBasedAuthPki", id, now);
    return store_write(trust->store, write_deletion, &change, err);
}

bool pki_restore(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                 struct arena *arena, struct pki *out, struct error *err)
{
    struct change change = change_of(actor, "Restore CertificateBasedAuthPki", id, now);
    return store_write(trust->store, write_restoration, &change, err) &&
           read_back(trust, &change, arena, out, err);
}

bool pki_purge(struct trust *trust, const struct actor *actor, const char *id, time_t now,
               struct error *err)
{
    struct change change = change_of(actor, "Purge CertificateBasedAuthPki", id, now);
    return store_write(trust->store, write_purge, &change, err);
}

/* ---- by the clock ---- */

typedef bool ended_fn(struct session *session, time_t before, size_t most, struct arena *arena,
                      struct deleted_item *out, size_t *count, struct error *err);
typedef bool purge_fn(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                      struct error *err);

static bool list_ended(struct trust *trust, ended_fn *ended, time_t before, struct arena *arena,
                       struct deleted_item *out, size_t *count, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(trust->store, err);
    return session && ended(session, before, PURGE_MAX, arena, out, count, err);
}

/* One that was restored or purged in between is not there to be purged. */
static bool purge_one(struct trust *trust, purge_fn *purge, const struct deleted_item *item,
                      time_t now, struct error *err)
{
    const struct actor actor = { item->tenant_id, "timer", NULL };
    if (purge(trust, &actor, item->id, now, err))
        return true;
    if (err->code != ERR_NOT_FOUND)
        return false;
    error_clear(err);
    return true;
}

static bool purge_all(struct trust *trust, ended_fn *ended, purge_fn *purge, time_t now,
                      struct error *err)
{
    struct deleted_item items[PURGE_MAX];
    size_t count = PURGE_MAX;
    while (count == PURGE_MAX) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        if (!list_ended(trust, ended, now - PKI_DELETED_DAYS * DAY, arena, items, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!purge_one(trust, purge, &items[i], now, err))
                return false;
    }
    return true;
}

bool pkis_purge_due(struct trust *trust, time_t now, struct error *err)
{
    return purge_all(trust, pkis_ended, pki_purge, now, err) &&
           purge_all(trust, trusted_cas_ended, trusted_ca_purge, now, err);
}
