#include "graph/routes/users.h"

#include "directory/users.h"
#include "graph/list.h"
#include "graph/request.h"
#include "model/user.h"

#include <string.h>

static bool find(struct request *request, void *out, struct error *err)
{
    const char *id = request->target.ids[ID_USER];
    struct query query = { .entity = &user_entity };
    if (strchr(id, '@'))
        query_fix(&query, "principal_name_folded", V_TEXT(user_name_folded(id, request->arena)));
    else
        query_fix(&query, "id", V_TEXT(id));
    return list_find(request, &query, out, err);
}

static bool create(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return user_create(request->graph->store, &actor, wish, request->now, request->arena, out, err);
}

static bool change(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err)
{
    (void)stored;
    const struct actor actor = request_actor(request);
    return user_change(request->graph->store, &actor, wish, request->now, request->arena, out, err);
}

static bool forget(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return user_delete(request->graph->store, &actor, stored, request->now, err);
}

const struct crud user_crud = {
    .entity = &user_entity,
    .id = ID_USER,
    .find = find,
    .create = create,
    .change = change,
    .remove = forget,
};

/* An account is enabled unless the client says otherwise. */
bool user_post(struct request *request, struct result *result, struct error *err)
{
    if (json_is_object(request->body) && !json_object_get(request->body, "accountEnabled"))
        json_object_set_new(request->body, "accountEnabled", json_true());
    return crud_create(request, result, err);
}
