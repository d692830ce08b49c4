#include "trust/trusted_cas.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "store/entity.h"
#include "store/pkis.h"
#include "store/rows.h"
#include "store/store.h"
#include "trust/anchor.h"
#include "trust/bundle.h"
#include "trust/trust_inside.h"

/* ---- what a client sent against what the certificate says ---- */

static bool is_given(const char *text)
{
    return text && *text;
}

static bool agrees_on_thumbprint(const struct trusted_ca *wanted, const struct anchor *anchor)
{
    return anchor_has_thumbprint(anchor, wanted->thumbprint);
}

static bool agrees_on_end(const struct trusted_ca *wanted, const struct anchor *anchor)
{
    return wanted->expires_at == anchor->certificate.not_after;
}

static bool agrees_on_issuer(const struct trusted_ca *wanted, const struct anchor *anchor)
{
    return !is_given(wanted->issuer) || anchor_has_issuer(anchor, wanted->issuer);
}

static bool agrees_on_key_identifier(const struct trusted_ca *wanted, const struct anchor *anchor)
{
    return !is_given(wanted->key_identifier) ||
           anchor_has_key_identifier(anchor, wanted->key_identifier);
}

/* A root may be used as an intermediate, but what another signed is no root. */
static bool agrees_on_type(const struct trusted_ca *wanted, const struct anchor *anchor)
{
    return wanted->type != TRUSTED_CA_ROOT || anchor->is_root;
}

static const char *show_thumbprint(const struct anchor *anchor, struct arena *arena)
{
    (void)arena;
    return anchor->thumbprint;
}

static const char *show_end(const struct anchor *anchor, struct arena *arena)
{
    char *text = arena_take(arena, TIMES_TEXT_OCTETS);
    times_text(anchor->certificate.not_after, text);
    return text;
}

static const char *show_issuer(const struct anchor *anchor, struct arena *arena)
{
    (void)arena;
    return anchor->issuer_name;
}

static const char *show_key_identifier(const struct anchor *anchor, struct arena *arena)
{
    (void)arena;
    return anchor->key_identifier ? anchor->key_identifier : "none";
}

static const char *show_type(const struct anchor *anchor, struct arena *arena)
{
    (void)arena;
    return anchor->is_root ? "root" : "intermediate";
}

static const struct agreement {
    const char *member;
    bool (*agrees)(const struct trusted_ca *wanted, const struct anchor *anchor);
    const char *(*show)(const struct anchor *anchor, struct arena *arena);
} agreements[] = {
    // clang-format off
    { "thumbprint",                 agrees_on_thumbprint,     show_thumbprint },
    { "expirationDateTime",         agrees_on_end,            show_end },
    { "issuer",                     agrees_on_issuer,         show_issuer },
    { "issuerSubjectKeyIdentifier", agrees_on_key_identifier, show_key_identifier },
    { "certificateAuthorityType",   agrees_on_type,           show_type },
    // clang-format on
};

static bool check_agreements(const struct trusted_ca *wanted, const struct anchor *anchor,
                             struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(agreements); i++)
        if (!agreements[i].agrees(wanted, anchor))
            return fail(err, ERR_INVALID, "%s: the certificate says %s", agreements[i].member,
                        agreements[i].show(anchor, arena));
    return true;
}

/* ---- rows ---- */

struct trusted_ca trusted_ca_of(const struct anchor *anchor, const char *tenant_id,
                                const char *pki_id, time_t now, struct arena *arena)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    return (struct trusted_ca){
        .id = id,
        .tenant_id = tenant_id,
        .pki_id = pki_id,
        .certificate = anchor->certificate.der,
        .type = anchor->is_root ? TRUSTED_CA_ROOT : TRUSTED_CA_INTERMEDIATE,
        .display_name = anchor->display_name,
        .issuer = anchor->issuer,
        .key_identifier = anchor->key_identifier,
        .thumbprint = anchor->thumbprint,
        .expires_at = anchor->certificate.not_after,
        .created_at = now,
        .upload_id = "",
        .revision = 1,
    };
}

/* Held until the write ends, and there: what counts rows waits for its batch on PostgreSQL, so the
 * row itself is looked at. */
static bool take_pki(struct session *session, const char *tenant_id, const char *pki_id, time_t now,
                     bool *is_deleted, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct pki pki;
    if (!entity_get(session, &pki_entity, tenant_id, pki_id, now, arena, &pki, err))
        return false;
    *is_deleted = pki.is_deleted;
    return pki.is_deleted || pkis_touch(session, tenant_id, pki_id, now, err);
}

static bool check_room(struct session *session, const char *tenant_id, const char *pki_id,
                       time_t now, struct error *err)
{
    int64_t count;
    const struct query query = {
        .entity = &trusted_ca_entity,
        .tenant_id = tenant_id,
        .now = now,
        .fixed = { { "pki_id", V_TEXT(pki_id) }, { "is_deleted", V_INT(0) } },
        .fixed_count = 2,
    };
    return entity_count(session, &query, &count, err) &&
           (count < PKI_CAS_MAX ||
            fail(err, ERR_QUOTA, "a PKI holds at most %d certificate authorities", PKI_CAS_MAX));
}

bool trusted_ca_insert(struct session *session, const struct trusted_ca *ca, time_t now,
                       bool *added, struct error *err)
{
    bool has, by_upload, is_deleted;
    if (!take_pki(session, ca->tenant_id, ca->pki_id, now, &is_deleted, err))
        return false;
    if (is_deleted)
        return fail(err, ERR_NOT_FOUND, "the PKI %s is deleted", ca->pki_id);
    if (!trusted_cas_has(session, ca->pki_id, ca->thumbprint, ca->upload_id, &has, &by_upload, err))
        return false;
    *added = !has;
    if (has)
        return (by_upload && *ca->upload_id) ||
               fail(err, ERR_CONFLICT, "duplicate certificate exists: %s", ca->thumbprint);
    return check_room(session, ca->tenant_id, ca->pki_id, now, err) &&
           entity_insert(session, &trusted_ca_entity, ca, err);
}

struct change {
    const struct trusted_ca *ca; /* what an addition or change writes; NULL otherwise */
    const char *tenant_id;
    const char *pki_id; /* NULL where the row itself says it */
    const char *id;
    time_t now;
    struct audit_event event;
};

static struct change change_of(const struct actor *actor, const char *activity, const char *pki_id,
                               const char *id, time_t now)
{
    return (struct change){ .tenant_id = actor->tenant_id,
                            .pki_id = pki_id,
                            .id = id,
                            .now = now,
                            .event = audit_event_of(actor, activity, TRUSTED_CA_TYPE, id, now) };
}

static bool write_new(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    bool added;
    return trusted_ca_insert(session, change->ca, change->now, &added, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_change(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_touch(session, change->tenant_id, change->pki_id, change->now, err) &&
           entity_update(session, &trusted_ca_entity, change->ca, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_deletion(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return pkis_touch(session, change->tenant_id, change->pki_id, change->now, err) &&
           trusted_cas_delete(session, change->tenant_id, change->pki_id, change->id, change->now,
                              err) &&
           audit_insert(session, &change->event, err);
}

/* Whether the place that it comes back to is there, and free. */
static bool check_place(struct session *session, const struct change *change,
                        const struct trusted_ca *ca, struct error *err)
{
    bool has, by_upload, is_deleted;
    if (!ca->is_deleted)
        return fail(err, ERR_NOT_FOUND, "there is no deleted item with this id");
    if (!take_pki(session, change->tenant_id, ca->pki_id, change->now, &is_deleted, err))
        return false;
    if (is_deleted)
        return fail(err, ERR_CONFLICT, "its PKI %s is deleted: restore that", ca->pki_id);
    if (!check_room(session, change->tenant_id, ca->pki_id, change->now, err) ||
        !trusted_cas_has(session, ca->pki_id, ca->thumbprint, "", &has, &by_upload, err))
        return false;
    return !has || fail(err, ERR_CONFLICT, "duplicate certificate exists: %s", ca->thumbprint);
}

static bool write_restoration(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct trusted_ca ca;
    return entity_get(session, &trusted_ca_entity, change->tenant_id, change->id, change->now,
                      arena, &ca, err) &&
           check_place(session, change, &ca, err) &&
           trusted_cas_restore(session, change->tenant_id, change->id, err) &&
           audit_insert(session, &change->event, err);
}

static bool write_purge(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return trusted_cas_purge(session, change->tenant_id, change->id, err) &&
           audit_insert(session, &change->event, err);
}

static bool read_back(struct trust *trust, const struct change *change, struct arena *arena,
                      struct trusted_ca *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(trust->store, err);
    return session && entity_get(session, &trusted_ca_entity, change->tenant_id, change->id,
                                 change->now, arena, out, err);
}

/* ---- operations ---- */

/* What the client chose onto what the certificate says. */
static void take_choices(const struct trusted_ca *wanted, struct trusted_ca *ca)
{
    if (wanted->type)
        ca->type = wanted->type;
    if (is_given(wanted->display_name))
        ca->display_name = wanted->display_name;
    ca->crl_url = wanted->crl_url;
    ca->delta_crl_url = wanted->delta_crl_url;
    ca->is_issuer_hint = wanted->is_issuer_hint;
}

static bool read_wanted(const struct trusted_ca *wanted, time_t now, struct arena *arena,
                        struct anchor *anchor, struct error *err)
{
    struct bytes der;
    if (!bundle_read_one(wanted->certificate, arena, &der, err) ||
        !anchor_read(der, now, arena, anchor, err)) {
        err->code = ERR_INVALID;
        return error_context(err, "certificate");
    }
    return check_agreements(wanted, anchor, arena, err);
}

bool trusted_ca_add(struct trust *trust, const struct actor *actor, const char *pki_id,
                    const struct trusted_ca *wanted, time_t now, struct arena *arena,
                    struct trusted_ca *out, struct error *err)
{
    struct anchor anchor;
    if (!read_wanted(wanted, now, arena, &anchor, err))
        return false;
    *out = trusted_ca_of(&anchor, actor->tenant_id, pki_id, now, arena);
    take_choices(wanted, out);
    struct change change =
        change_of(actor, "Create CertificateAuthorityDetail", pki_id, out->id, now);
    change.ca = out;
    change.event.detail = out->thumbprint;
    return store_write(trust->store, write_new, &change, err);
}

bool trusted_ca_change(struct trust *trust, const struct actor *actor,
                       const struct trusted_ca *wanted, time_t now, struct arena *arena,
                       struct trusted_ca *out, struct error *err)
{
    struct trusted_ca ca = *wanted;
    bool is_root = anchor_is_root(ca.certificate, arena);
    if (ca.type == TRUSTED_CA_ROOT && !is_root)
        return fail(err, ERR_INVALID,
                    "certificateAuthorityType: another CA signed the certificate,"
                    " so it is no root");
    if (ca.type == TRUSTED_CA_NONE)
        ca.type = is_root ? TRUSTED_CA_ROOT : TRUSTED_CA_INTERMEDIATE;
    struct change change =
        change_of(actor, "Patch CertificateAuthorityDetail", ca.pki_id, ca.id, now);
    change.ca = &ca;
    return store_write(trust->store, write_change, &change, err) &&
           read_back(trust, &change, arena, out, err);
}

bool trusted_ca_delete(struct trust *trust, const struct actor *actor, const char *pki_id,
                       const char *id, time_t now, struct error *err)
{
    struct change change = change_of(actor, "Delete CertificateAuthorityDetail", pki_id, id, now);
    return store_write(trust->store, write_deletion, &change, err);
}

bool trusted_ca_restore(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                        struct arena *arena, struct trusted_ca *out, struct error *err)
{
    struct change change = change_of(actor, "Restore CertificateAuthorityDetail", NULL, id, now);
    return store_write(trust->store, write_restoration, &change, err) &&
           read_back(trust, &change, arena, out, err);
}

bool trusted_ca_purge(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                      struct error *err)
{
    struct change change = change_of(actor, "Purge CertificateAuthorityDetail", NULL, id, now);
    return store_write(trust->store, write_purge, &change, err);
}
