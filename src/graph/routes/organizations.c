#include "graph/routes/organizations.h"

#include "graph/request.h"
#include "model/classic_store.h"
#include "model/organization.h"
#include "trust/classic.h"

const struct crud organization_crud = { .entity = &organization_entity, .id = ID_ORGANIZATION };

static bool create(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return classic_create(request->graph->trust, &actor, wish, request->now, request->arena, out,
                          err);
}

static bool forget(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return classic_delete(request->graph->trust, &actor, stored, request->now, err);
}

const struct crud classic_crud = {
    .entity = &classic_store_entity,
    .id = ID_CONFIGURATION,
    .owner = &organization_crud,
    .owner_column = "tenant_id",
    .create = create,
    .remove = forget,
};
