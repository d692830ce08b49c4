#include "graph/routes/x509_methods.h"

#include "base/error.h"
#include "directory/x509_methods.h"
#include "graph/request.h"

static bool find(struct request *request, void *out, struct error *err)
{
    struct session *session = request_session(request, err);
    return session && x509_method_get(session, request->caller.tenant_id, request->now,
                                      request->arena, out, err);
}

static bool change(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err)
{
    const struct actor actor = request_actor(request);
    return x509_method_change(request->graph->store, &actor, stored, wish, request->now,
                              request->arena, out, err);
}

static bool reset(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return x509_method_reset(request->graph->store, &actor, stored, request->now, err);
}

const struct crud x509_method_crud = {
    .entity = &x509_method_entity,
    .find = find,
    .change = change,
    .remove = reset,
};

/* The path's type is abstract, so the reply tells which one it is. */
bool x509_method_show(struct request *request, struct result *result, struct error *err)
{
    result->tells_type = true;
    return crud_get(request, result, err);
}

bool x509_methods_list(struct request *request, struct result *result, struct error *err)
{
    struct x509_method method;
    result->entity = &x509_method_entity;
    result->tells_type = true;
    return find(request, &method, err) &&
           crud_answer(request, &x509_method_entity, &method, result);
}

bool x509_method_patch(struct request *request, struct result *result, struct error *err)
{
    if (!json_object_get(request->body, "@odata.type"))
        return fail(err, ERR_INVALID, "@odata.type: is required");
    return crud_change(request, result, err);
}
