/*
 * crud - list, count, get, create, change and delete for entities whose handlers differ only in
 * what changing means.
 *
 * A row per entity says how it is found; its functions do the work in the layer that knows it. A
 * route of such an entity runs crud_list … crud_remove; the row is found by the route's entity.
 */
#pragma once

#include "base/attributes.h"
#include "graph/route.h"

#include <stdbool.h>

struct entity;
struct error;
struct request;
struct result;

/* Each runs on the desk, without an open session; objects are structs of the entity. What it puts
 * into out is answered. NULL: the route table has no such operation. */
struct crud {
    const struct entity *entity; /* NULL ends a table */
    enum route_id id;            /* names one in the path */
    const struct crud *owner;    /* what it hangs on, in the path before it; NULL: nothing */
    const char *owner_column;    /* holds the owner's id */
    bool (*find)(struct request *request, void *out, struct error *err); /* NULL: by its id */
    bool (*create)(struct request *request, const void *wish, void *out, struct error *err);
    /* wish: what is stored, with the client's changes on it. May run again after a lost race. */
    bool (*change)(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err);
    bool (*remove)(struct request *request, const void *stored, struct error *err);
};

/* One per entity of the API that is handled so; ends with NULL (graph/routes/tables.c). */
extern const struct crud *const crud_table[];

/* The one that the path names, with the owners above it. Errors: ERR_NOT_FOUND. */
bool crud_find(struct request *request, const struct crud *crud, void *out,
               struct error *err) MUST_CHECK;

/* The same for a change: holds If-Match against it and gives the session back. */
bool crud_find_to_change(struct request *request, const struct crud *crud, void *out,
                         struct error *err) MUST_CHECK;

/* Answers one object, copied. */
bool crud_answer(struct request *request, const struct entity *entity, const void *object,
                 struct result *result);

route_fn crud_list;
route_fn crud_count;
route_fn crud_get;
route_fn crud_create;
route_fn crud_change;
route_fn crud_remove;
