#include "ca/change.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/ra.h"
#include "ca/responder.h"
#include "ca/status/publish.h"
#include "model/audit.h"
#include "store/entity.h"
#include "store/store.h"

#include <inttypes.h>

enum { TRIES_MAX = 5 };

struct writing {
    const struct change_request *request;
    const struct change *change;
    struct audit_event event;
};

static bool write_change(struct session *session, void *context, struct error *err)
{
    const struct writing *writing = context;
    const struct change *change = writing->change;
    const struct change_request *request = writing->request;
    return entity_update(session, &ca_entity, &change->ca, err) &&
           (!change->version_is_changed ||
            entity_update(session, &ca_version_entity, &change->version, err)) &&
           (!request->also || request->also(session, change, request->context, err)) &&
           audit_insert(session, &writing->event, err);
}

static int64_t number_of(const struct change_request *request, const struct ca *ca)
{
    if (request->version)
        return request->version;
    if (request->means_pending && ca->pending_version)
        return ca->pending_version;
    return ca->active_version ? ca->active_version : ca->version_number;
}

static bool read_version(struct session *session, const struct change_request *request,
                         struct change *out, struct error *err)
{
    int64_t number = number_of(request, &out->ca);
    return ca_versions_get(session, out->ca.id, number, out->now, out->arena, &out->version, err) ||
           error_context(err, "version %" PRId64, number);
}

static bool read_rows(struct authority *authority, const struct change_request *request,
                      struct change *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !entity_get(session, &ca_entity, request->actor->tenant_id, request->ca_id,
                                out->now, out->arena, &out->ca, err))
        return false;
    if (out->ca.deleted_at || out->ca.is_internal)
        return fail(err, ERR_NOT_FOUND, "there is no CA %s", request->ca_id);
    if (request->revision && request->revision != out->ca.revision)
        return fail(err, ERR_PRECONDITION, "CA %s was changed meanwhile", request->ca_id);
    return read_version(session, request, out, err);
}

static bool try_change(struct authority *authority, const struct change_request *request,
                       struct change *change, struct error *err)
{
    if (!read_rows(authority, request, change, err) ||
        !request->step(change, request->context, err))
        return false;
    change->ca.modified_at = change->now;
    change->version.modified_at = change->now;
    struct writing writing = {
        request,
        change,
        { .tenant_id = change->ca.tenant_id,
          .actor = request->actor->name,
          .activity = request->activity,
          .object_type = "CloudCertificationAuthority",
          .object_id = change->ca.id,
          .request_id = request->actor->request_id,
          .detail = change->detail,
          .is_success = true,
          .at = change->now },
    };
    return store_write(authority->store, write_change, &writing, err);
}

/* Who named no revision has nothing that another's change could overtake. */
static bool may_try_again(const struct change_request *request, int tries, struct error *err)
{
    if (request->revision || err->code != ERR_PRECONDITION || tries == TRIES_MAX)
        return false;
    error_clear(err);
    return true;
}

bool change_ca(struct authority *authority, const struct change_request *request, time_t now,
               struct arena *arena, struct ca *out, struct error *err)
{
    struct change change;
    bool is_written;
    int tries = 1;
    do {
        change = (struct change){ .now = now, .arena = arena };
        is_written = try_change(authority, request, &change, err);
    } while (!is_written && may_try_again(request, tries++, err));
    /* Also when the outcome is unknown: what is cached may be of before. */
    issuer_forget(authority, request->ca_id);
    officers_forget(authority, request->ca_id);
    if (!is_written)
        return false;
    SCOPED(session_free) struct session *session = out ? store_read(authority->store, err) : NULL;
    return !out || (session && entity_get(session, &ca_entity, request->actor->tenant_id,
                                          request->ca_id, now, arena, out, err));
}

void change_start(struct authority *authority, const char *tenant_id, const char *ca_id,
                  int64_t version, time_t now)
{
    struct error err = { .code = ERR_NONE };
    const struct publication first = { tenant_id, ca_id, version, true, true, true };
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, tenant_id, ca_id, version, now, &err);
    if (!issuer)
        return;
    if (issuer->ca_type != CA_ROOT && !ra_ensure(authority, issuer, now, &err))
        error_clear(&err);
    if (!responder_ensure(authority, issuer, now, &err))
        error_clear(&err);
    if (!publish_crls(authority, &first, now, &err))
        error_clear(&err);
}

const char *change_status_text(const struct ca *ca)
{
    const char *text = enum_text(&ca_status_texts, ca->status);
    return text ? text : "unknown";
}
