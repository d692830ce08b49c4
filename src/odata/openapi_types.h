/*
 * openapi_types - the types of a schema as JSON Schema 2020-12; part of openapi.h.
 */
#pragma once

#include "base/json.h"

struct entity;
struct schema;

/* What a schema is for. */
enum shape { SHAPE_SHOWN, SHAPE_CREATE, SHAPE_CHANGE };

/* All types, each under its name. */
void openapi_write_types(struct json_writer *writer, const struct schema *schema);

/* {"$ref": …} */
void openapi_write_reference(struct json_writer *writer, const struct schema *schema,
                             const struct entity *entity, enum shape shape);

/* The rows of an entity as one schema. */
void openapi_write_object(struct json_writer *writer, const struct schema *schema,
                          const struct entity *entity, enum shape shape);
