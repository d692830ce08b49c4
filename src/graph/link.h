/*
 * link - navigation properties: what hangs on an entity and can be shown inside it.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct entity;
struct error;
struct request;

/* Structs of one entity in a row, in the request's arena. */
struct items {
    const void *first;
    size_t count;
};

struct link {
    const struct entity *owner;
    const char *name;
    const struct entity *target;
    bool is_collection;
    bool is_inlined; /* shown without $expand */
    /* NULL: too many to show inside; has a path of its own only. */
    bool (*load)(struct request *request, const void *owner, struct items *out, struct error *err);
};

extern const struct link graph_links[]; /* ends with a NULL name; at most 32 */

/* The row that $select and $expand may name, -1 without. */
int link_find(const struct entity *owner, const char *name);

/* Whether it is a navigation property at all: clients send them back with the entity. */
bool link_is_name(const struct entity *owner, const char *name);
