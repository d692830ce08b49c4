/*
 * entity_write - structs to JSON, by the property rows: straight into a buffer, no tree.
 *
 * Members stand in the order of the rows, which is that of the published metadata; a null is
 * written. Errors come from loading what hangs on an entity only.
 */
#pragma once

#include "base/attributes.h"
#include "base/json.h"
#include "model/property.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct options;
struct urls;

/* Structs of one entity in a row. */
struct items {
    const void *first;
    size_t count;
};

/* What hangs on owner by this link, as the options of the link want it. */
typedef bool link_load_fn(void *context, const struct link *link, const void *owner,
                          const struct options *options, struct items *out, struct error *err);

/* What of an entity is shown, and how. */
struct view {
    const struct urls *urls;
    bool reveal_enum_members; /* past the sentinel */
    bool without_annotations; /* odata.metadata=none */
    bool tells_type;          /* @odata.type, of this one and not of what hangs on it; one whose
                                 base is abstract says it anyway */
    const struct options *options; /* $select, $expand; NULL: all, and no links */
    link_load_fn *load;            /* NULL: no links */
    void *context;
};

void property_write(struct json_writer *writer, const struct property *property, const void *object,
                    const struct view *view);

/* The members of one object, without braces, so that annotations may stand before them. */
bool entity_write(struct json_writer *writer, const struct entity *entity, const void *object,
                  const struct view *view, struct error *err) MUST_CHECK;
