#include "graph/routes/subscriptions.h"

#include "graph/request.h"
#include "model/subscription.h"
#include "provider/subscriptions.h"

static bool create(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    struct subscription with_id = *(const struct subscription *)wish;
    with_id.id = request->target.ids[ID_SUBSCRIPTION];
    return subscription_create(request->graph->provider, &actor, &with_id, request->now,
                               request->arena, out, err);
}

static bool change(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err)
{
    (void)stored;
    const struct actor actor = request_actor(request);
    return subscription_change(request->graph->provider, &actor, wish, request->now, request->arena,
                               out, err);
}

static bool forget(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return subscription_delete(request->graph->provider, &actor, stored, request->now, err);
}

const struct crud subscription_crud = {
    .entity = &subscription_entity,
    .id = ID_SUBSCRIPTION,
    .create = create,
    .change = change,
    .remove = forget,
};

bool subscription_post_with_id(struct request *request, struct result *result, struct error *err)
{
    if (!crud_create(request, result, err))
        return false;
    request->target.route = route_named(graph_tables, "subscription.create");
    return true;
}
