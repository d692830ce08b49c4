/*
 * entity_write - structs to JSON, by the property rows: straight into a buffer, no tree.
 *
 * Members stand in the order of the rows, which is that of the published metadata; a null is
 * written. Errors come from loading what hangs on an entity (graph/link.h) only.
 */
#pragma once

#include "base/attributes.h"
#include "base/json.h"
#include "model/property.h"

#include <stdbool.h>

struct error;
struct options;
struct request;
struct urls;

/* What of an entity is shown, and how. */
struct view {
    const struct urls *urls;
    bool reveal_enum_members;      /* past the sentinel */
    const struct options *options; /* $select, $expand; NULL: all, and no links */
    struct request *request;       /* to load links with; NULL without options */
};

void property_write(struct json_writer *writer, const struct property *property, const void *object,
                    const struct view *view);

/* The members of one object, without braces, so that annotations may stand before them. */
bool entity_write(struct json_writer *writer, const struct entity *entity, const void *object,
                  const struct view *view, struct error *err) MUST_CHECK;
