#include "inspection/certificates.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "ca/lifecycle/certify.h"
#include "ca/lifecycle/mint.h"
#include "ca/lifecycle/sub_ca.h"
#include "inspection/inspection_inside.h"
#include "inspection/upload.h"
#include "keys/keys.h"
#include "model/inspection_ca.h"
#include "store/entity.h"
#include "store/inspection.h"
#include "store/record.h"
#include "store/rows.h"
#include "x509/csr.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/reason.h"

#include <string.h>

enum { SHORT_NAME_CHARACTERS_MAX = 12, FOLDED_OCTETS_MAX = 4096 };

static struct audit_event event_of(const struct actor *actor, const char *activity,
                                   const struct inspection_ca *ca, time_t now)
{
    struct audit_event event =
        audit_event_of(actor, activity, "ExternalCertificateAuthorityCertificate", ca->id, now);
    event.detail = ca->name;
    return event;
}

static struct oids usages(struct bytes *usage)
{
    *usage = oid_bytes(OID_SERVER_AUTH);
    return (struct oids){ usage, 1 };
}

/* ---- create ---- */

static bool check_name(const struct inspection *inspection, const char *name, struct error *err)
{
    if (text_has_control(name) || !name[strspn(name, " ")])
        return fail(err, ERR_INVALID, "name: no control characters, and not blanks alone");
    if (inspection->options.allows_any_name)
        return true;
    return (!strchr(name, ' ') && text_characters(name) <= SHORT_NAME_CHARACTERS_MAX) ||
           fail(err, ERR_INVALID, "name: at most %d characters, and no blanks",
                SHORT_NAME_CHARACTERS_MAX);
}

static bool encode_subject(const struct inspection_ca *wish, struct arena *arena, struct bytes *out,
                           struct error *err)
{
    const struct name_attribute attributes[] = { { OID_ORGANIZATION, wish->organization_name },
                                                 { OID_COMMON_NAME, wish->common_name } };
    SCOPED(buf_free) struct buf *subject = buf_new(NAME_OCTETS_MAX);
    if (!name_encode(attributes, ARRAY_LEN(attributes), subject, err)) {
        err->code = ERR_INVALID;
        return error_context(err, "commonName, organizationName");
    }
    *out = arena_bytes(arena, buf_bytes(subject));
    return true;
}

struct creation {
    const struct inspection_ca *ca;
    const struct key_record *record;
};

static bool take_name(struct session *session, const struct inspection_ca *ca, struct error *err)
{
    SCOPED(buf_free) struct buf *folded = buf_new(FOLDED_OCTETS_MAX);
    text_fold(ca->name, folded);
    return inspection_names_take(session, ca->tenant_id, buf_text(folded), ca->created_at, err);
}

static bool write_creation(struct session *session, void *context, struct error *err)
{
    const struct creation *creation = context;
    const struct inspection_ca *ca = creation->ca;
    return take_name(session, ca, err) &&
           mint_insert_key(session, creation->record, ca->tenant_id, ca->created_at, err);
}

static bool make_csr(struct inspection *inspection, const struct key_record *record,
                     struct bytes subject, struct arena *arena, const char **out, struct error *err)
{
    struct bytes usage, der;
    const struct oids ekus = usages(&usage);
    SCOPED(buf_free) struct buf *text = buf_new(INSPECTION_PEM_OCTETS_MAX);
    SCOPED(key_free) struct key *key = keys_open(inspection->options.keys, record, err);
    if (!key || !certify_request(key, key_type_digest(record->type), subject, &ekus,
                                 buf_bytes(record->spki), arena, &der, err))
        return false;
    pem_encode("CERTIFICATE REQUEST", der, text);
    *out = arena_text(arena, buf_text(text));
    return true;
}

static struct inspection_ca new_ca(const struct inspection_ca *wish, const struct actor *actor,
                                   const struct key_record *record, time_t now, struct arena *arena)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    return (struct inspection_ca){ .id = id,
                                   .tenant_id = actor->tenant_id,
                                   .name = wish->name,
                                   .common_name = wish->common_name,
                                   .organization_name = wish->organization_name,
                                   .status = INSPECTION_CSR_GENERATED,
                                   .key_id = arena_text(arena, record->id),
                                   .revision = 1,
                                   .created_at = now,
                                   .modified_at = now };
}

static bool create(struct inspection *inspection, const struct actor *actor,
                   const struct inspection_ca *wish, const struct key_record *record,
                   struct bytes subject, time_t now, struct arena *arena, struct inspection_ca *out,
                   struct error *err)
{
    *out = new_ca(wish, actor, record, now, arena);
    if (!make_csr(inspection, record, subject, arena, &out->csr, err))
        return false;
    struct creation creation = { out, record };
    const struct audit_event event =
        event_of(actor, "Create ExternalCertificateAuthorityCertificate", out, now);
    const struct record row = { &inspection_ca_entity, out, &event, write_creation, &creation };
    return record_insert(inspection->options.store, &row, err);
}

bool inspection_ca_create(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *wish, time_t now, struct arena *arena,
                          struct inspection_ca *out, struct error *err)
{
    struct bytes subject;
    struct key_record record = { .type = KEY_TYPE_NONE };
    if (wish->certificate || wish->chain)
        return fail(err, ERR_INVALID, "%s: it is uploaded once its request is signed",
                    wish->certificate ? "certificate" : "chain");
    if (!check_name(inspection, wish->name, err) || !encode_subject(wish, arena, &subject, err) ||
        !keys_generate(inspection->options.keys, inspection->options.key_type, KEY_INSPECTION,
                       &record, err))
        return false;
    bool is_created = create(inspection, actor, wish, &record, subject, now, arena, out, err);
    key_record_clear(&record);
    return is_created;
}

/* ---- change ---- */

struct changing {
    const struct inspection *inspection;
    const struct actor *actor;
    struct inspection_ca *ca;
    const char *leaves; /* the certificate of a CA of ours that it has no longer; "" */
    int64_t reason;
    time_t now;
};

/* Only one is enabled; what has ended no longer counts. */
static bool check_alone(struct session *session, const struct changing *changing, struct error *err)
{
    const struct inspection_ca *ca = changing->ca;
    const char *other;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (ca->status != INSPECTION_ENABLED)
        return true;
    if (!inspection_cas_release(session, ca->tenant_id, changing->now, err) ||
        !inspection_cas_enabled(session, ca->tenant_id, ca->id, arena, &other, err))
        return false;
    return !other || fail(err, ERR_CONFLICT, "status: '%s' is enabled; disable it first", other);
}

static bool write_change(struct session *session, void *context, struct error *err)
{
    const struct changing *changing = context;
    return check_alone(session, changing, err) &&
           (!*changing->leaves || sub_ca_revoke(session, changing->actor, changing->leaves,
                                                changing->reason, changing->now, err));
}

static const char *status_text(const struct inspection_ca *ca)
{
    return enum_text(&inspection_ca_status_texts, ca->status);
}

/* Replacing the certificate of one in use would end its use unasked. */
static bool may_take_certificate(const struct inspection_ca *ca, struct error *err)
{
    return ca->status == INSPECTION_CSR_GENERATED || ca->status == INSPECTION_DISABLED ||
           ca->status == INSPECTION_EXPIRED ||
           fail(err, ERR_CONFLICT, "certificate: '%s' is %s%s", ca->name, status_text(ca),
                ca->status == INSPECTION_REVOKED ? "" : "; disable it first");
}

static bool take_certificate(struct changing *changing, struct arena *arena, struct error *err)
{
    struct inspection_ca *ca = changing->ca;
    if (!may_take_certificate(ca, err) || !upload_take(ca, changing->now, arena, err))
        return false;
    changing->leaves = ca->issued_id;
    changing->reason = REASON_SUPERSEDED;
    ca->status = INSPECTION_DISABLED;
    ca->issuer_id = ca->issued_id = "";
    return true;
}

/* What a client may make of it. */
static const struct {
    enum inspection_ca_status from, asked, to;
} moves[] = {
    // clang-format off
    { INSPECTION_DISABLED, INSPECTION_ENABLED,  INSPECTION_ENABLED },
    { INSPECTION_DISABLED, INSPECTION_ACTIVE,   INSPECTION_ENABLED },
    { INSPECTION_DISABLED, INSPECTION_REVOKED,  INSPECTION_REVOKED },
    { INSPECTION_ENABLED,  INSPECTION_ACTIVE,   INSPECTION_ENABLED },
    { INSPECTION_ENABLED,  INSPECTION_DISABLED, INSPECTION_DISABLED },
    { INSPECTION_ENABLED,  INSPECTION_REVOKED,  INSPECTION_REVOKED },
    { INSPECTION_EXPIRING, INSPECTION_ENABLED,  INSPECTION_ENABLED },
    { INSPECTION_EXPIRING, INSPECTION_ACTIVE,   INSPECTION_ENABLED },
    { INSPECTION_EXPIRING, INSPECTION_DISABLED, INSPECTION_DISABLED },
    { INSPECTION_EXPIRING, INSPECTION_REVOKED,  INSPECTION_REVOKED },
    // clang-format on
};

static bool take_status(struct changing *changing, int64_t asked, struct error *err)
{
    struct inspection_ca *ca = changing->ca;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].from != ca->status || moves[i].asked != asked)
            continue;
        ca->status = moves[i].to;
        if (ca->status == INSPECTION_REVOKED) {
            changing->leaves = ca->issued_id;
            changing->reason = REASON_CESSATION_OF_OPERATION;
        }
        return true;
    }
    const char *word = enum_text(&inspection_ca_status_texts, asked);
    return fail(err, ERR_CONFLICT, "status: '%s' is %s and cannot become %s", ca->name,
                status_text(ca), word ? word : "null");
}

static bool store_change(struct inspection *inspection, struct changing *changing,
                         const char *activity, const char *issuer_id, struct error *err)
{
    const struct audit_event event =
        event_of(changing->actor, activity, changing->ca, changing->now);
    const struct record row = { &inspection_ca_entity, changing->ca, &event, write_change,
                                changing };
    bool is_done = record_update(inspection->options.store, &row, err);
    if (*changing->leaves && (is_done || err->code == ERR_OUTCOME_UNKNOWN))
        sub_ca_revoke_tell(inspection->options.authority, issuer_id);
    if (is_done)
        changing->ca->revision++;
    return is_done;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

bool inspection_ca_change(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *stored, const struct inspection_ca *wish,
                          time_t now, struct arena *arena, struct inspection_ca *out,
                          struct error *err)
{
    *out = *wish;
    out->status = stored->status;
    out->modified_at = now;
    struct changing changing = { inspection, actor, out, "", REASON_UNSPECIFIED, now };
    bool has_certificate = !text_equal(stored->certificate, wish->certificate) ||
                           !text_equal(stored->chain, wish->chain);
    if (has_certificate && !take_certificate(&changing, arena, err))
        return false;
    if (wish->status != stored->status && wish->status != out->status &&
        !take_status(&changing, wish->status, err))
        return false;
    return store_change(inspection, &changing, "Patch ExternalCertificateAuthorityCertificate",
                        text_or_empty(stored->issuer_id), err);
}

/* ---- signed by one of our own ---- */

struct with_own {
    struct changing changing;
    struct arena *arena;
    struct audit_event event;
};

static bool take_signed(const struct signed_sub_ca *sub_ca, void *context, struct error *err)
{
    struct with_own *with = context;
    struct inspection_ca *ca = with->changing.ca;
    ca->certificate = upload_pem(sub_ca->leaf.certificate, with->arena);
    ca->chain = upload_pem(sub_ca->chain, with->arena);
    ca->issuer_id = sub_ca->leaf.ca_id;
    ca->issued_id = sub_ca->leaf.id;
    ca->validity = (struct inspection_validity){ sub_ca->leaf.not_before, sub_ca->leaf.not_after };
    return upload_check_end(ca->validity.not_after, with->changing.now, err);
}

static bool write_with_own(struct session *session, void *context, struct error *err)
{
    struct with_own *with = context;
    return write_change(session, &with->changing, err) &&
           entity_update(session, &inspection_ca_entity, with->changing.ca, err) &&
           audit_insert(session, &with->event, err);
}

static bool csr_der(const char *pem, struct buf *out, struct error *err)
{
    size_t offset = 0;
    return pem_next(bytes_of_text(pem), &offset, "CERTIFICATE REQUEST", out) ||
           fail(err, ERR_INTERNAL, "csr: no PEM of one");
}

bool inspection_ca_sign_with(struct inspection *inspection, const struct actor *actor,
                             const struct inspection_ca *stored,
                             const struct inspection_signer *signer, time_t now,
                             struct arena *arena, struct inspection_ca *out, struct error *err)
{
    struct bytes usage;
    struct signed_sub_ca sub_ca;
    const struct oids ekus = usages(&usage);
    const char *replaced = text_or_empty(stored->issued_id);
    SCOPED(buf_free) struct buf *csr = buf_new(CSR_OCTETS_MAX);
    *out = *stored;
    out->status = INSPECTION_DISABLED;
    out->modified_at = now;
    struct with_own with = {
        .changing = { inspection, actor, out, replaced, REASON_SUPERSEDED, now },
        .arena = arena,
        .event = event_of(actor, "SignWith ExternalCertificateAuthorityCertificate", stored, now),
    };
    if (!may_take_certificate(stored, err) || !csr_der(stored->csr, csr, err))
        return false;
    const struct sub_ca_order order = { .actor = actor,
                                        .ca_id = signer->ca_id,
                                        .csr = buf_bytes(csr),
                                        .ekus = &ekus,
                                        .validity_days = signer->validity_days,
                                        .take = take_signed,
                                        .also = write_with_own,
                                        .context = &with };
    if (!sub_ca_sign(inspection->options.authority, &order, now, arena, &sub_ca, err))
        return false;
    if (*replaced)
        sub_ca_revoke_tell(inspection->options.authority, stored->issuer_id);
    out->revision++;
    return true;
}

/* ---- delete ---- */

static bool write_deletion(struct session *session, void *context, struct error *err)
{
    const struct changing *changing = context;
    return write_change(session, context, err) && keys_destroy(session, changing->ca->key_id, err);
}

bool inspection_ca_delete(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *stored, time_t now, struct error *err)
{
    struct inspection_ca gone = *stored;
    gone.status = INSPECTION_DISABLED;
    struct changing changing = {
        inspection, actor, &gone, text_or_empty(stored->issued_id), REASON_CESSATION_OF_OPERATION,
        now
    };
    const struct audit_event event =
        event_of(actor, "Delete ExternalCertificateAuthorityCertificate", stored, now);
    const struct record row = { &inspection_ca_entity, stored, &event, write_deletion, &changing };
    bool is_done = record_delete(inspection->options.store, &row, err);
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN) {
        keys_forget(inspection->options.keys, stored->key_id);
        if (*changing.leaves)
            sub_ca_revoke_tell(inspection->options.authority, stored->issuer_id);
    }
    return is_done;
}
