/*
 * entity_read - JSON to a struct, by the property rows of its entity.
 *
 * Every value is judged by its row: type, null, length, bounds, enum member, form. All that is
 * wrong is said in one error, member by member, so that a client mends it in one go. Nothing of
 * the object is used when this fails. Errors: ERR_INVALID.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct error;
struct urls;

enum { COLLECTION_ITEMS_MAX = 100, BINARY_OCTETS_MAX = 65536, TEXT_CHARACTERS_MAX = 1024 };

/* To create one, or the parameters of an action: what is READ_ONLY is checked and left out, what
 * is REQUIRED must be there. Members not given stay as object has them. */
bool entity_read(const struct entity *entity, json_t *json, struct arena *arena, void *object,
                 struct error *err) MUST_CHECK;

/* Changes to `object`, which holds what is stored: a member that a client may not change is
 * refused if it differs from what the client was shown. */
bool entity_read_changes(const struct entity *entity, json_t *json, const struct urls *urls,
                         bool reveal_enum_members, struct arena *arena, void *object,
                         struct error *err) MUST_CHECK;
