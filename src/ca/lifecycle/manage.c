/* Texts, settings, pause, resume and delete: the state machine of the API's CAs. */
#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/lifecycle/wish.h"
#include "keys/keys.h"
#include "x509/cms.h"

#include <inttypes.h>

/* ---- texts ---- */

static bool step_texts(struct change *change, void *context, struct error *err)
{
    entity_copy_changes(&ca_entity, context, &change->ca);
    return wish_check_texts(&change->ca, err);
}

/* ---- pause and resume ---- */

struct transition {
    int64_t from;
    int64_t to;
    int64_t version_status;
};

static const struct transition transitions[] = {
    { CA_ACTIVE, CA_PAUSED, VERSION_PAUSED },
    { CA_PAUSED, CA_ACTIVE, VERSION_ACTIVE },
};

static const char *status_text(int64_t status)
{
    const char *text = enum_text(&ca_status_texts, status);
    return text ? text : "unknown";
}

static bool is_active_version(const struct change *change, struct error *err)
{
    return change->version.number == change->ca.active_version ||
           fail(err, ERR_CONFLICT,
                "certificationAuthorityVersion: version %" PRId64 " is not the active one",
                change->version.number);
}

static bool step_status(struct change *change, void *context, struct error *err)
{
    int64_t to = *(const int64_t *)context;
    for (size_t i = 0; i < ARRAY_LEN(transitions); i++) {
        if (transitions[i].from != change->ca.status || transitions[i].to != to)
            continue;
        change->ca.status = to;
        change->version.status = transitions[i].version_status;
        change->version_is_changed = true;
        change->detail = status_text(to);
        return is_active_version(change, err);
    }
    return fail(err, ERR_CONFLICT,
                "certificationAuthorityStatus: the CA is %s and cannot become %s "
                "here: active becomes paused, paused becomes active",
                status_text(change->ca.status), status_text(to));
}

/* ---- SCEP settings ---- */

struct scep_settings {
    bool allow_sha1;
    bool allow_des;
};

static bool step_scep(struct change *change, void *context, struct error *err)
{
    const struct scep_settings *settings = context;
    if (change->ca.type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root enrols no devices");
    change->ca.allow_sha1 = settings->allow_sha1;
    change->ca.allow_des = settings->allow_des;
    change->detail = arena_format(change->arena, "SHA-1 %s, single DES %s",
                                  settings->allow_sha1 ? "allowed" : "refused",
                                  settings->allow_des ? "allowed" : "refused");
    return true;
}

/* ---- delete ---- */

/* pki-rules §7: hides only; what relying parties may still ask stays. A key that never had a
 * certificate has nothing to answer for. */
static bool step_delete(struct change *change, void *context, struct error *err)
{
    (void)context;
    struct ca *ca = &change->ca;
    if (ca->type != CA_ROOT && ca->status != CA_REVOKED && ca->status != CA_SIGNING_PENDING)
        return fail(err, ERR_CONFLICT,
                    "the CA is %s: an issuing CA is deleted when it is revoked or signingPending",
                    status_text(ca->status));
    ca->deleted_at = change->now;
    return true;
}

static bool check_children(struct session *session, const struct ca *ca, struct error *err)
{
    int64_t count;
    if (!cas_count_children(session, ca->id, &count, err))
        return false;
    return count == 0 ||
           fail(err, ERR_CONFLICT,
                "%" PRId64 " issuing CAs stand under this root: delete them first", count);
}

static bool also_delete(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    (void)context;
    if (change->ca.type == CA_ROOT && !check_children(session, &change->ca, err))
        return false;
    return change->ca.status != CA_SIGNING_PENDING ||
           keys_destroy(session, change->version.key_id, err);
}

bool ca_update(struct authority *authority, const struct actor *actor, const struct ca *wanted,
               time_t now, struct arena *arena, struct ca *out, struct error *err)
{
    struct ca texts = *wanted;
    const struct change_request request = {
        .actor = actor,
        .ca_id = wanted->id,
        .revision = wanted->revision,
        .activity = "Patch CloudCertificationAuthority",
        .step = step_texts,
        .context = &texts,
    };
    return change_ca(authority, &request, now, arena, out, err);
}

bool ca_delete(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .activity = "Delete CloudCertificationAuthority",
        .step = step_delete,
        .also = also_delete,
    };
    return change_ca(authority, &request, now, arena, NULL, err);
}

bool ca_change_status(struct authority *authority, const struct actor *actor, const char *ca_id,
                      int64_t revision, int64_t status, int64_t version, time_t now,
                      struct arena *arena, struct ca *out, struct error *err)
{
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .version = version,
        .activity = "ChangeCloudCertificationAuthorityStatusAsync CloudCertificationAuthority",
        .step = step_status,
        .context = &status,
    };
    return change_ca(authority, &request, now, arena, out, err);
}

bool ca_configure_scep(struct authority *authority, const struct actor *actor, const char *ca_id,
                       int64_t revision, bool allow_sha1, bool allow_des, time_t now,
                       struct arena *arena, struct ca *out, struct error *err)
{
    struct scep_settings settings = { allow_sha1, allow_des };
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .activity = "ConfigureScep CloudCertificationAuthority",
        .step = step_scep,
        .context = &settings,
    };
    if (allow_des && !cms_legacy_available(err))
        return error_context(err, "allowSingleDes");
    return change_ca(authority, &request, now, arena, out, err);
}
