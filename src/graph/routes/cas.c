#include "graph/routes/cas.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/lifecycle/lifecycle.h"
#include "graph/list.h"
#include "graph/request.h"
#include "graph/routes/scope.h"
#include "model/ca.h"
#include "odata/entity_read.h"

/* A new CA stays within the caller's reach: it has the caller's scope tags unless it names some of
 * them, and its parent has one of them. */
static bool check_scope(struct request *request, struct ca *wanted, struct error *err)
{
    static const struct strings none = { NULL, 0 };
    struct ca parent;
    if (request->caller.scope_tags.count == 0)
        return true;
    if (wanted->role_scope_tag_ids.count == 0)
        wanted->role_scope_tag_ids = request->caller.scope_tags;
    if (wanted->issuer_id && *wanted->issuer_id) {
        struct query query = { .entity = &ca_entity };
        query_fix(&query, "id", V_TEXT(wanted->issuer_id));
        if (!list_find(request, &query, &parent, err))
            return error_context(err, "certificationAuthorityIssuerId");
        request_end_session(request);
    }
    return scope_check_tags(&request->caller, &wanted->role_scope_tag_ids, &none, err);
}

/* What the client may change, onto what is stored now. */
static bool read_changes(struct request *request, struct ca *wanted, struct error *err)
{
    if (!ca_find_to_change(request, wanted, err))
        return false;
    struct strings stored = wanted->role_scope_tag_ids;
    return entity_read_changes(&ca_entity, request->body, &request->graph->urls,
                               request->reveal_enum_members, request->arena, wanted, err) &&
           scope_check_tags(&request->caller, &wanted->role_scope_tag_ids, &stored, err);
}

static struct query versions_of(const struct ca *ca)
{
    struct query query = { .entity = &ca_version_entity };
    query_fix(&query, "ca_id", V_TEXT(ca->id));
    return query;
}

bool ca_find(struct request *request, struct ca *out, struct error *err)
{
    struct query query = { .entity = &ca_entity };
    query_fix(&query, "id", V_TEXT(request->target.ids[ID_CA]));
    return list_find(request, &query, out, err);
}

bool ca_find_to_change(struct request *request, struct ca *out, struct error *err)
{
    bool is_good = ca_find(request, out, err) && request_check_match(request, out->revision, err);
    request_end_session(request);
    return is_good;
}

bool ca_answer(struct request *request, const struct ca *ca, struct result *result)
{
    struct ca *copy = arena_take(request->arena, sizeof *copy);
    *copy = *ca;
    result->items = (struct items){ copy, 1 };
    return true;
}

/* pki-rules §7: only who issued the CA's certificate can put it on a list. */
bool ca_answer_revoked(struct request *request, const struct ca *ca, struct result *result)
{
    if (ca->type == CA_ISSUING_EXTERNAL_ROOT)
        result->notice = "The CA issues no more. Its certificate stays valid until its external "
                         "issuer revokes it, too: ask them to.";
    return ca_answer(request, ca, result);
}

bool cas_list(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &ca_entity };
    return list_read(request, &query, result, err);
}

/* Bound to one CA, which must be there, but answers all; the next page is a GET. */
bool cas_tunnel(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    if (!ca_find(request, &ca, err))
        return false;
    request->target.route = route_named(graph_tables, "ca.list");
    return cas_list(request, result, err);
}

bool cas_tell_count(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &ca_entity };
    return list_count(request, &query, result, err);
}

bool ca_get(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    return ca_find(request, &ca, err) && ca_answer(request, &ca, result);
}

bool ca_post(struct request *request, struct result *result, struct error *err)
{
    struct ca wanted = { 0 };
    struct ca ca;
    struct actor actor = request_actor(request);
    if (!request_read_body(request, &wanted, err) || !check_scope(request, &wanted, err) ||
        !ca_create(request->graph->authority, &actor, &wanted, request->now, request->arena, &ca,
                   err))
        return false;
    result->location_id = ca.id;
    return ca_answer(request, &ca, result);
}

/* Without If-Match the change goes onto whatever stands there, so a loser in a race tries again. */
bool ca_patch(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct ca wanted;
    struct actor actor = request_actor(request);
    for (int attempt = 1; read_changes(request, &wanted, err); attempt++) {
        if (ca_update(request->graph->authority, &actor, &wanted, request->now, request->arena, &ca,
                      err))
            return ca_answer(request, &ca, result);
        if (err->code != ERR_PRECONDITION || request_has_match(request) ||
            attempt == CHANGE_ATTEMPTS)
            return false;
        error_clear(err);
    }
    return false;
}

bool ca_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct ca ca;
    struct actor actor = request_actor(request);
    return ca_find_to_change(request, &ca, err) &&
           ca_delete(request->graph->authority, &actor, ca.id,
                     request_revision(request, ca.revision), request->now, err);
}

bool versions_list(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    if (!ca_find(request, &ca, err))
        return false;
    struct query query = versions_of(&ca);
    return list_read(request, &query, result, err);
}

bool versions_count(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    if (!ca_find(request, &ca, err))
        return false;
    struct query query = versions_of(&ca);
    return list_count(request, &query, result, err);
}

bool version_get(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct ca_version *version = arena_take(request->arena, sizeof *version);
    if (!ca_find(request, &ca, err))
        return false;
    struct query query = versions_of(&ca);
    query_fix(&query, "id", V_TEXT(request->target.ids[ID_VERSION]));
    result->items = (struct items){ version, 1 };
    return list_find(request, &query, version, err);
}

bool version_get_active(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    if (!ca_find(request, &ca, err))
        return false;
    if (ca.active_version == 0)
        return fail(err, ERR_NOT_FOUND,
                    "the CA has no active version: it waits for its certificate");
    struct ca_version *version = arena_take(request->arena, sizeof *version);
    struct query query = versions_of(&ca);
    query_fix(&query, "number", V_INT(ca.active_version));
    result->items = (struct items){ version, 1 };
    return list_find(request, &query, version, err);
}
