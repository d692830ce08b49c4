/* ca_renew and ca_activate: the new version is drafted, signed, and written at once. */
#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/issuer.h"
#include "ca/lifecycle/certify.h"
#include "ca/lifecycle/mint.h"
#include "ca/lifecycle/versions.h"
#include "ca/usages.h"
#include "keys/keys.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"
#include "x509/name.h"

#include <inttypes.h>

/* ---- what may be renewed ---- */

static bool check_pending(const struct ca *ca, struct error *err)
{
    return ca->pending_version == 0 ||
           fail(err, ERR_CONFLICT,
                "version %" PRId64 " is pending: activate or revoke it before the next is made",
                ca->pending_version);
}

static bool check_time(const struct ca *ca, time_t now, struct error *err)
{
    char day[TIMES_TEXT_OCTETS];
    time_t from = version_renewable_from(ca->not_before, ca->not_after);
    times_text(from, day);
    return now >= from ||
           fail(err, ERR_CONFLICT, "the CA is renewed from half of its validity on, %s", day);
}

static bool check_renewable(const struct ca *ca, time_t now, struct error *err)
{
    if (ca->type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root is not renewed: make another");
    if (ca->status != CA_ACTIVE && ca->status != CA_PAUSED && ca->status != CA_EXPIRED)
        return fail(err, ERR_CONFLICT,
                    "the CA is %s: only an active, paused or expired one is renewed",
                    change_status_text(ca));
    return check_pending(ca, err) && check_time(ca, now, err);
}

/* ---- a new version ---- */

struct renewal {
    struct authority *authority;
    const struct key_record *record;
    struct issuer *parent; /* NULL under an external root */
    struct ca_version version;
    struct leaf leaf; /* of the parent */
    time_t now;
};

static struct ca_version draft_version(const struct change *change, const char *key_id)
{
    const struct ca *ca = &change->ca;
    return (struct ca_version){
        .id = arena_format(change->arena, "%s_%" PRId64, ca->id, ca->last_version),
        .tenant_id = ca->tenant_id,
        .ca_id = ca->id,
        .number = ca->last_version,
        .status = VERSION_SIGNING_PENDING,
        .key_id = arena_text(change->arena, key_id),
        .subject = change->version.subject,
        .subject_name = change->version.subject_name,
        .ekus = ca->ekus,
        .parent_id = "",
        .created_at = change->now,
        .modified_at = change->now,
    };
}

/* As long as the CA was made for, but no longer than its issuer. */
static bool choose_validity(const struct change *change, const struct issuer *parent,
                            struct validity *out, struct error *err)
{
    char end[TIMES_TEXT_OCTETS];
    *out =
        validity_cut(validity_years(parent, change->now, (int)change->ca.validity_years), parent);
    times_text(parent->not_after, end);
    return out->not_after > change->ca.not_after ||
           fail(err, ERR_CONFLICT, "its issuer ends on %s: a new version would not last longer",
                end);
}

static bool sign_under(struct renewal *renewal, const struct change *change,
                       const struct oids *ekus, struct error *err)
{
    struct sub_ca sub_ca = { .subject = renewal->version.subject,
                             .spki = buf_bytes(renewal->record->spki),
                             .ekus = ekus };
    if (renewal->parent->status != VERSION_ACTIVE || renewal->parent->is_deleted)
        return fail(err, ERR_CONFLICT, "the root is not active and signs no new version");
    if (!choose_validity(change, renewal->parent, &sub_ca.validity, err) ||
        !certify_under(renewal->parent, &sub_ca, change->now, change->arena, &renewal->version,
                       &renewal->leaf, err))
        return false;
    version_stage(&renewal->version, change->now);
    return true;
}

static bool ask_external(struct renewal *renewal, struct change *change, const struct oids *ekus,
                         struct error *err)
{
    SCOPED(key_free)
    struct key *key = keys_open(renewal->authority->keys, renewal->record, err);
    if (!key || !certify_request(key, digest_of_hash(change->ca.hash), renewal->version.subject,
                                 ekus, buf_bytes(renewal->record->spki), change->arena,
                                 &renewal->version.csr, err))
        return false;
    change->ca.csr = renewal->version.csr;
    return true;
}

static bool step_renew(struct change *change, void *context, struct error *err)
{
    struct renewal *renewal = context;
    struct ca *ca = &change->ca;
    struct oids ekus;
    if (!check_renewable(ca, change->now, err) ||
        !usages_from_list(&ca->ekus, change->arena, &ekus, err))
        return false;
    ca->last_version++;
    ca->display_name = version_display_name(ca->display_name, ca->last_version, change->arena);
    renewal->version = draft_version(change, renewal->record->id);
    renewal->leaf = (struct leaf){ .id = NULL };
    change->detail = arena_format(change->arena, "version %" PRId64, ca->last_version);
    return renewal->parent ? sign_under(renewal, change, &ekus, err)
                           : ask_external(renewal, change, &ekus, err);
}

static bool also_insert(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    const struct renewal *renewal = context;
    return mint_insert_key(session, renewal->record, change->ca.tenant_id, change->now, err) &&
           entity_insert(session, &ca_version_entity, &renewal->version, err) &&
           (!renewal->leaf.id || mint_insert(session, &renewal->leaf, err));
}

/* Again when the parent has given that serial out before. */
static bool sign_and_write(struct authority *authority, const struct change_request *request,
                           time_t now, struct arena *arena, struct ca *out, struct error *err)
{
    for (int draw = 1;; draw++) {
        if (change_ca(authority, request, now, arena, out, err))
            return true;
        if (draw == SERIAL_DRAWS_MAX || !serial_collided(err))
            return false;
        error_clear(err);
    }
}

/* Looked at first, so that no key is made for nothing; the step decides. */
static bool read_renewable(struct authority *authority, const struct actor *actor,
                           const char *ca_id, time_t now, struct arena *arena, struct ca *out,
                           struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !entity_get(session, &ca_entity, actor->tenant_id, ca_id, now, arena, out, err))
        return false;
    if (out->deleted_at || out->is_internal)
        return fail(err, ERR_NOT_FOUND, "there is no CA %s", ca_id);
    return check_renewable(out, now, err);
}

static bool renew_with_key(struct renewal *renewal, const struct actor *actor, const struct ca *ca,
                           int64_t revision, struct arena *arena, struct ca *out, struct error *err)
{
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca->id,
        .revision = revision,
        .activity = "Renew CloudCertificationAuthority",
        .step = step_renew,
        .also = also_insert,
        .context = renewal,
    };
    if (ca->type == CA_ISSUING) {
        renewal->parent =
            issuer_get(renewal->authority, actor->tenant_id, ca->issuer_id, 0, renewal->now, err);
        if (!renewal->parent)
            return false;
    }
    return sign_and_write(renewal->authority, &request, renewal->now, arena, out, err);
}

bool ca_renew(struct authority *authority, const struct actor *actor, const char *ca_id,
              int64_t revision, time_t now, struct arena *arena, struct ca *out, struct error *err)
{
    struct ca ca;
    struct key_record record = { .type = KEY_TYPE_NONE };
    struct renewal renewal = { .authority = authority, .record = &record, .now = now };
    if (!read_renewable(authority, actor, ca_id, now, arena, &ca, err) ||
        !keys_generate(authority->keys, (enum key_type)ca.key_size, KEY_CA, &record, err))
        return false;
    bool is_done = renew_with_key(&renewal, actor, &ca, revision, arena, out, err);
    if (is_done && renewal.parent)
        change_start(authority, actor->tenant_id, ca_id, renewal.version.number, now);
    issuer_release(renewal.parent);
    key_record_clear(&record);
    return is_done;
}

/* ---- activation ---- */

static const char *common_name_of(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *value = buf_new(NAME_OCTETS_MAX);
    return name_find(name, OID_COMMON_NAME, value) ? arena_text(arena, buf_text(value)) : NULL;
}

/* Another external issuer may have signed this one. */
static bool show_external_issuer(struct change *change, struct error *err)
{
    struct certificate certificate;
    struct der chain = der_of(change->version.chain);
    struct bytes root = change->version.certificate;
    struct bytes next;
    while (der_take_whole(&chain, DER_SEQUENCE, &next))
        root = next;
    if (!certificate_parse(change->version.certificate, change->arena, &certificate, err))
        return false;
    change->ca.issuer_common_name = common_name_of(certificate.issuer, change->arena);
    if (!certificate_parse(root, change->arena, &certificate, err))
        return false;
    change->ca.root_common_name = common_name_of(certificate.subject, change->arena);
    return true;
}

struct activation {
    int64_t former;
};

static bool check_activation(const struct change *change, struct error *err)
{
    const struct ca *ca = &change->ca;
    if (ca->status == CA_REVOKED)
        return fail(err, ERR_CONFLICT, "the CA is revoked");
    if (change->version.status == VERSION_STAGED)
        return true;
    const char *status = enum_text(&ca_version_status_texts, change->version.status);
    return fail(err, ERR_CONFLICT,
                "certificationAuthorityVersion: version %" PRId64 " is %s: only a staged one is "
                "activated",
                change->version.number, status ? status : "unknown");
}

static bool step_activate(struct change *change, void *context, struct error *err)
{
    struct activation *activation = context;
    if (!check_activation(change, err))
        return false;
    activation->former = change->ca.active_version;
    change->version.status = VERSION_ACTIVE;
    change->version.decommission_at = 0;
    change->version_is_changed = true;
    certify_show(&change->ca, &change->version);
    change->detail = arena_format(change->arena, "version %" PRId64 ", in place of %" PRId64,
                                  change->version.number, activation->former);
    return change->ca.type == CA_ISSUING || show_external_issuer(change, err);
}

static bool also_retire(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    const struct activation *activation = context;
    return ca_versions_retire(session, change->ca.id, activation->former, change->now, err);
}

bool ca_activate(struct authority *authority, const struct actor *actor, const char *ca_id,
                 int64_t revision, int64_t version, time_t now, struct arena *arena, struct ca *out,
                 struct error *err)
{
    struct activation activation = { 0 };
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .version = version,
        .means_pending = true,
        .activity = "Activate CloudCertificationAuthority",
        .step = step_activate,
        .also = also_retire,
        .context = &activation,
    };
    return change_ca(authority, &request, now, arena, out, err);
}
