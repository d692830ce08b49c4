#include "trust/classic.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/entity.h"
#include "store/record.h"
#include "store/store.h"
#include "trust/anchor.h"
#include "trust/bundle.h"
#include "trust/trust_inside.h"

#define CLASSIC_TYPE "CertificateBasedAuthConfiguration"

/* RFC 5280 §4.2.1.2 (1) where the certificate does not say it itself: the member is never null. */
static const char *key_identifier_of(const struct anchor *anchor, struct arena *arena)
{
    uint8_t octets[KEY_IDENTIFIER_OCTETS];
    SCOPED(buf_free) struct buf *hex = buf_new(2 * sizeof octets);
    if (anchor->key_identifier)
        return anchor->key_identifier;
    spki_key_identifier(&anchor->certificate.spki, octets);
    hex_encode((struct bytes){ octets, sizeof octets }, hex);
    return arena_text(arena, buf_text(hex));
}

static bool take_ca(const struct classic_ca *wish, time_t now, struct arena *arena,
                    struct classic_ca *out, struct error *err)
{
    struct bytes der;
    struct anchor anchor;
    if (!bundle_read_one(wish->certificate, arena, &der, err) ||
        !anchor_read(der, now, arena, &anchor, err)) {
        err->code = ERR_INVALID;
        return error_context(err, "certificate");
    }
    if (wish->is_root != anchor.is_root)
        return fail(err, ERR_INVALID, "isRootAuthority: the certificate is %s",
                    anchor.is_root ? "self-signed" : "not self-signed");
    *out = *wish;
    out->certificate = der;
    out->issuer = anchor.issuer_name;
    out->key_identifier = key_identifier_of(&anchor, arena);
    return true;
}

static bool is_there(const struct classic_ca *cas, size_t count, struct bytes der)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(cas[i].certificate, der))
            return true;
    return false;
}

static bool take_cas(const struct list *wish, time_t now, struct arena *arena, struct list *out,
                     struct error *err)
{
    const struct classic_ca *given = wish->items;
    struct classic_ca *cas = arena_take(arena, (wish->count + 1) * sizeof *cas);
    if (wish->count == 0)
        return fail(err, ERR_INVALID, "certificateAuthorities: at least one is needed");
    for (size_t i = 0; i < wish->count; i++) {
        if (!take_ca(&given[i], now, arena, &cas[i], err))
            return error_context(err, "certificateAuthorities[%zu]", i);
        if (is_there(cas, i, cas[i].certificate))
            return fail(err, ERR_INVALID,
                        "certificateAuthorities[%zu].certificate: it is there twice", i);
    }
    *out = (struct list){ cas, wish->count };
    return true;
}

static bool has_expired(const struct classic_store *store, time_t now, struct arena *arena)
{
    const struct classic_ca *cas = store->cas.items;
    for (size_t i = 0; i < store->cas.count; i++) {
        struct certificate certificate;
        struct error ignored = { .code = ERR_NONE };
        if (!certificate_parse(cas[i].certificate, arena, &certificate, &ignored) ||
            certificate.not_after < now)
            return true;
    }
    return false;
}

/* The key of the row says the same to who comes at the same time. */
static bool check_none(struct trust *trust, const char *tenant_id, time_t now, struct arena *arena,
                       struct error *err)
{
    struct classic_store stored;
    SCOPED(session_free) struct session *session = store_read(trust->store, err);
    if (!session)
        return false;
    if (!entity_get(session, &classic_store_entity, tenant_id, CLASSIC_STORE_ID, now, arena,
                    &stored, err)) {
        bool is_free = err->code == ERR_NOT_FOUND;
        if (is_free)
            error_clear(err);
        return is_free;
    }
    if (has_expired(&stored, now, arena))
        return fail(err, ERR_INVALID,
                    "a certificate authority that is stored has expired: delete the object first");
    return fail(err, ERR_CONFLICT, "there is one already: delete it first");
}

bool classic_create(struct trust *trust, const struct actor *actor,
                    const struct classic_store *wish, time_t now, struct arena *arena,
                    struct classic_store *out, struct error *err)
{
    *out = (struct classic_store){ .id = CLASSIC_STORE_ID,
                                   .tenant_id = actor->tenant_id,
                                   .created_at = now };
    if (!take_cas(&wish->cas, now, arena, &out->cas, err) ||
        !check_none(trust, actor->tenant_id, now, arena, err))
        return false;
    const struct audit_event event =
        audit_event_of(actor, "Create " CLASSIC_TYPE, CLASSIC_TYPE, out->id, now);
    const struct record record = { &classic_store_entity, out, &event, NULL, NULL };
    return record_insert(trust->store, &record, err);
}

bool classic_delete(struct trust *trust, const struct actor *actor,
                    const struct classic_store *stored, time_t now, struct error *err)
{
    const struct audit_event event =
        audit_event_of(actor, "Delete " CLASSIC_TYPE, CLASSIC_TYPE, stored->id, now);
    const struct record record = { &classic_store_entity, stored, &event, NULL, NULL };
    return record_delete(trust->store, &record, err);
}
