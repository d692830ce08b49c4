#include "graph/crud.h"

#include "base/arena.h"
#include "base/error.h"
#include "graph/list.h"
#include "graph/request.h"
#include "odata/entity_read.h"

#include <assert.h>
#include <string.h>

static const struct crud *crud_of(const struct request *request)
{
    const struct crud *const *row = crud_table;
    while (*row && (*row)->entity != request->target.route->entity)
        row++;
    assert(*row);
    return *row;
}

static void *new_object(const struct request *request, const struct entity *entity)
{
    return arena_take(request->arena, entity->size);
}

/* Under an owner's path the owner must be there for the caller. */
static bool begin_query(struct request *request, const struct crud *crud, struct query *out,
                        struct error *err)
{
    *out = (struct query){ .entity = crud->entity };
    if (!crud->owner)
        return true;
    query_fix(out, crud->owner_column, V_TEXT(request->target.ids[crud->owner->id]));
    return crud_find(request, crud->owner, new_object(request, crud->owner->entity), err);
}

static const struct property *key_of(const struct entity *entity)
{
    const struct property *row = entity->properties;
    while (!(row->flags & KEY))
        row++;
    return row;
}

bool crud_find(struct request *request, const struct crud *crud, void *out, struct error *err)
{
    struct query query;
    if (crud->find)
        return crud->find(request, out, err);
    if (!begin_query(request, crud, &query, err))
        return false;
    query_fix(&query, "id", V_TEXT(request->target.ids[crud->id]));
    return list_find(request, &query, out, err);
}

bool crud_find_to_change(struct request *request, const struct crud *crud, void *out,
                         struct error *err)
{
    const struct property *revision = property_of_column(crud->entity, "revision");
    bool is_good = crud_find(request, crud, out, err) &&
                   (!revision || request_check_match(request, property_int(revision, out), err));
    request_end_session(request);
    return is_good;
}

bool crud_answer(struct request *request, const struct entity *entity, const void *object,
                 struct result *result)
{
    void *copy = new_object(request, entity);
    memcpy(copy, object, entity->size);
    result->items = (struct items){ copy, 1 };
    return true;
}

bool crud_list(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    return begin_query(request, crud_of(request), &query, err) &&
           list_read(request, &query, result, err);
}

bool crud_count(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    return begin_query(request, crud_of(request), &query, err) &&
           list_count(request, &query, result, err);
}

bool crud_get(struct request *request, struct result *result, struct error *err)
{
    const struct crud *crud = crud_of(request);
    void *object = new_object(request, crud->entity);
    result->items = (struct items){ object, 1 };
    return crud_find(request, crud, object, err);
}

bool crud_create(struct request *request, struct result *result, struct error *err)
{
    struct query owned;
    const struct crud *crud = crud_of(request);
    void *wish = new_object(request, crud->entity);
    void *created = new_object(request, crud->entity);
    if (!request_read_body(request, wish, err) || !begin_query(request, crud, &owned, err))
        return false;
    request_end_session(request);
    if (!crud->create(request, wish, created, err))
        return false;
    result->location_id = *property_string(key_of(crud->entity), created);
    result->items = (struct items){ created, 1 };
    return true;
}

static bool read_changes(struct request *request, const struct crud *crud, void *stored, void *wish,
                         struct error *err)
{
    if (!crud_find_to_change(request, crud, stored, err))
        return false;
    memcpy(wish, stored, crud->entity->size);
    return entity_read_changes(crud->entity, request->body, &request->graph->urls,
                               request->reveal_enum_members, request->arena, wish, err);
}

/* Without If-Match the change goes onto whatever stands there, so a loser in a race tries again. */
bool crud_change(struct request *request, struct result *result, struct error *err)
{
    const struct crud *crud = crud_of(request);
    void *stored = new_object(request, crud->entity);
    void *wish = new_object(request, crud->entity);
    void *changed = new_object(request, crud->entity);
    result->items = (struct items){ changed, 1 };
    for (int attempt = 1; read_changes(request, crud, stored, wish, err); attempt++) {
        if (crud->change(request, stored, wish, changed, err))
            return true;
        if (err->code != ERR_PRECONDITION || request_has_match(request) ||
            attempt == CHANGE_ATTEMPTS)
            return false;
        error_clear(err);
    }
    return false;
}

bool crud_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    const struct crud *crud = crud_of(request);
    void *stored = new_object(request, crud->entity);
    return crud_find_to_change(request, crud, stored, err) && crud->remove(request, stored, err);
}
