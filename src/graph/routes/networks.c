#include "graph/routes/networks.h"

#include "base/error.h"
#include "graph/request.h"
#include "inspection/certificates.h"
#include "inspection/policies.h"
#include "model/inspection_ca.h"
#include "model/tls_policy.h"

/* ---- certificates ---- */

static bool create_ca(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return inspection_ca_create(request->graph->inspection, &actor, wish, request->now,
                                request->arena, out, err);
}

static bool change_ca(struct request *request, const void *stored, const void *wish, void *out,
                      struct error *err)
{
    const struct actor actor = request_actor(request);
    return inspection_ca_change(request->graph->inspection, &actor, stored, wish, request->now,
                                request->arena, out, err);
}

static bool remove_ca(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return inspection_ca_delete(request->graph->inspection, &actor, stored, request->now, err);
}

const struct crud inspection_ca_crud = { .entity = &inspection_ca_entity,
                                         .id = ID_INSPECTION_CA,
                                         .create = create_ca,
                                         .change = change_ca,
                                         .remove = remove_ca };

bool inspection_ca_sign(struct request *request, struct result *result, struct error *err)
{
    struct inspection_signer signer = { .ca_id = NULL };
    struct inspection_ca stored, changed;
    const struct actor actor = request_actor(request);
    return crud_find_to_change(request, &inspection_ca_crud, &stored, err) &&
           request_read_body(request, &signer, err) &&
           inspection_ca_sign_with(request->graph->inspection, &actor, &stored, &signer,
                                   request->now, request->arena, &changed, err) &&
           crud_answer(request, &inspection_ca_entity, &changed, result);
}

/* ---- policies ---- */

static bool create_policy(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return tls_policy_create(request->graph->inspection, &actor, wish, request->now, request->arena,
                             out, err);
}

static bool change_policy(struct request *request, const void *stored, const void *wish, void *out,
                          struct error *err)
{
    (void)stored;
    const struct actor actor = request_actor(request);
    return tls_policy_change(request->graph->inspection, &actor, wish, request->now, out, err);
}

static bool remove_policy(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return tls_policy_delete(request->graph->inspection, &actor, stored, request->now, err);
}

const struct crud tls_policy_crud = { .entity = &tls_policy_entity,
                                      .id = ID_TLS_POLICY,
                                      .create = create_policy,
                                      .change = change_policy,
                                      .remove = remove_policy };

/* ---- rules ---- */

static bool create_rule(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return tls_rule_create(request->graph->inspection, &actor, request->target.ids[ID_TLS_POLICY],
                           wish, request->now, request->arena, out, err);
}

static bool change_rule(struct request *request, const void *stored, const void *wish, void *out,
                        struct error *err)
{
    (void)stored;
    const struct actor actor = request_actor(request);
    return tls_rule_change(request->graph->inspection, &actor, wish, request->now, out, err);
}

static bool remove_rule(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return tls_rule_delete(request->graph->inspection, &actor, stored, request->now, err);
}

const struct crud tls_rule_crud = { .entity = &tls_rule_entity,
                                    .id = ID_TLS_RULE,
                                    .owner = &tls_policy_crud,
                                    .owner_column = "policy_id",
                                    .create = create_rule,
                                    .change = change_rule,
                                    .remove = remove_rule };

/* ---- where they hang ---- */

bool network_place_get(struct request *request, struct result *result, struct error *err)
{
    (void)err;
    const struct network_place place = { request->caller.tenant_id };
    return crud_answer(request, request->target.route->entity, &place, result);
}
