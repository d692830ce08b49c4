#include "graph/routes/leaves.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/issue/forget.h"
#include "ca/status/revoke.h"
#include "ca/status/revoke_many.h"
#include "graph/list.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "graph/routes/reason.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "odata/filter.h"
#include "odata/serial.h"

struct leaf_choice {
    const char *id;
};

struct serial_choice {
    const char *serial;
};

struct leaf_revocation {
    const char *reason;
};

static const struct property leaf_choice_properties[] = {
    // clang-format off
    { "leafCertificateId", NULL, PROPERTY_STRING, REQUIRED | NULLABLE, AT(leaf_choice, id), NULL, 1, 64 },
    { 0 },
    // clang-format on
};

const struct entity leaf_choice_entity = { .name = "revokeLeafCertificate",
                                           .properties = leaf_choice_properties,
                                           .size = sizeof(struct leaf_choice) };

static const struct property serial_choice_properties[] = {
    // clang-format off
    { "certificateSerialNumber", NULL, PROPERTY_STRING, REQUIRED | NULLABLE, AT(serial_choice, serial), NULL, 1, 128 },
    { 0 },
    // clang-format on
};

const struct entity serial_choice_entity = { .name = "certificateSerialNumber",
                                             .properties = serial_choice_properties,
                                             .size = sizeof(struct serial_choice) };

static const struct property leaf_revocation_properties[] = {
    // clang-format off
    { "reason", NULL, PROPERTY_STRING, NULLABLE, AT(leaf_revocation, reason), NULL, 1, 64 },
    { 0 },
    // clang-format on
};

const struct entity leaf_revocation_entity = { .name = "revoke",
                                               .properties = leaf_revocation_properties,
                                               .size = sizeof(struct leaf_revocation) };

struct many_wish {
    const char *filter;
    const char *reason;
    bool is_dry_run;
};

/* A filter must be given, so that nobody revokes all by leaving it out. */
static const struct property many_wish_properties[] = {
    // clang-format off
    { "filter", NULL, PROPERTY_STRING, REQUIRED, AT(many_wish, filter),     NULL, 1, FILTER_OCTETS_MAX },
    { "reason", NULL, PROPERTY_STRING, NULLABLE, AT(many_wish, reason),     NULL, 1, 64 },
    { "dryRun", NULL, PROPERTY_BOOL,   0,        AT(many_wish, is_dry_run), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity many_wish_entity = { .name = "revokeCertificates",
                                         .properties = many_wish_properties,
                                         .size = sizeof(struct many_wish) };

static const struct property many_revoked_properties[] = {
    // clang-format off
    { "matched", NULL, PROPERTY_INT, READ_ONLY, AT(many_revoked, matched), NULL, 0, 0 },
    { "revoked", NULL, PROPERTY_INT, READ_ONLY, AT(many_revoked, revoked), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity many_revoked_entity = { .name = "revocationResult",
                                            .space = "cloudpki",
                                            .properties = many_revoked_properties,
                                            .size = sizeof(struct many_revoked) };

/* Under a CA's path the CA must be there for the caller. */
static bool begin_query(struct request *request, struct query *out, struct error *err)
{
    struct ca ca;
    *out = (struct query){ .entity = &leaf_entity };
    if (!request->target.ids[ID_CA])
        return true;
    query_fix(out, "ca_id", V_TEXT(request->target.ids[ID_CA]));
    return ca_find(request, &ca, err);
}

static bool find_leaf(struct request *request, const char *column, struct value value,
                      struct leaf *out, struct error *err)
{
    struct query query;
    if (!begin_query(request, &query, err))
        return false;
    query_fix(&query, column, value);
    return list_find(request, &query, out, err);
}

static bool answer(struct request *request, const struct leaf *leaf, struct result *result)
{
    struct leaf *copy = arena_take(request->arena, sizeof *copy);
    *copy = *leaf;
    result->items = (struct items){ copy, 1 };
    return true;
}

static bool revoke(struct request *request, const struct leaf *leaf, enum reason reason,
                   struct result *result, struct error *err)
{
    struct leaf revoked;
    struct actor actor = request_actor(request);
    request_end_session(request);
    return ca_revoke_leaf(request->graph->authority, &actor, leaf->ca_id, leaf->id, reason,
                          request->now, request->arena, &revoked, err) &&
           answer(request, &revoked, result);
}

static bool find_by_serial(struct request *request, struct leaf *out, struct error *err)
{
    struct serial_choice choice = { 0 };
    struct bytes serial;
    if (!request_read_body(request, &choice, err))
        return false;
    if (!serial_from_text(choice.serial, request->arena, &serial, err))
        return error_context(err, "certificateSerialNumber");
    return find_leaf(request, "serial", V_BLOB(serial), out, err);
}

bool leaves_list(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    return begin_query(request, &query, err) && list_read(request, &query, result, err);
}

bool leaves_tunnel(struct request *request, struct result *result, struct error *err)
{
    request->target.route = route_named(graph_tables, "leaf.list");
    return leaves_list(request, result, err);
}

bool leaves_count(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    return begin_query(request, &query, err) && list_count(request, &query, result, err);
}

bool leaf_get(struct request *request, struct result *result, struct error *err)
{
    struct leaf leaf;
    return find_leaf(request, "id", V_TEXT(request->target.ids[ID_LEAF]), &leaf, err) &&
           answer(request, &leaf, result);
}

bool leaf_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct leaf leaf;
    struct actor actor = request_actor(request);
    if (!find_leaf(request, "id", V_TEXT(request->target.ids[ID_LEAF]), &leaf, err))
        return false;
    request_end_session(request);
    return ca_forget_leaf(request->graph->authority, &actor, &leaf, request->now, err);
}

bool leaf_search_by_serial(struct request *request, struct result *result, struct error *err)
{
    struct leaf leaf;
    return find_by_serial(request, &leaf, err) && answer(request, &leaf, result);
}

bool leaf_revoke_by_id(struct request *request, struct result *result, struct error *err)
{
    struct leaf_choice choice = { 0 };
    struct leaf leaf;
    return request_read_body(request, &choice, err) &&
           find_leaf(request, "id", V_TEXT(choice.id), &leaf, err) &&
           revoke(request, &leaf, REASON_UNSPECIFIED, result, err);
}

bool leaf_revoke_by_serial(struct request *request, struct result *result, struct error *err)
{
    struct leaf leaf;
    return find_by_serial(request, &leaf, err) &&
           revoke(request, &leaf, REASON_UNSPECIFIED, result, err);
}

bool leaf_revoke_with_reason(struct request *request, struct result *result, struct error *err)
{
    struct leaf_revocation revocation = { 0 };
    enum reason reason;
    struct leaf leaf;
    return request_read_body(request, &revocation, err) &&
           reason_read_of_leaf(revocation.reason, &reason, err) &&
           find_leaf(request, "id", V_TEXT(request->target.ids[ID_LEAF]), &leaf, err) &&
           revoke(request, &leaf, reason, result, err);
}

bool leaves_revoke_many(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct many_wish wish = { 0 };
    struct revoke_many wanted = { 0 };
    struct actor actor = request_actor(request);
    struct many_revoked *revoked = arena_take(request->arena, sizeof *revoked);
    if (!request_read_body(request, &wish, err) ||
        !reason_read_of_leaf(wish.reason, &wanted.reason, err) || !ca_find(request, &ca, err))
        return false;
    request_end_session(request);
    wanted.filter = filter_parse(wish.filter, &leaf_entity, request->arena, err);
    if (!wanted.filter)
        return error_context(err, "filter");
    wanted.ca_id = ca.id;
    wanted.is_dry_run = wish.is_dry_run;
    result->items = (struct items){ revoked, 1 };
    return ca_revoke_many(request->graph->authority, &actor, &wanted, request->now, revoked, err);
}
