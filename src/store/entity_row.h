/*
 * entity_row - one object to the values of its columns, and one row to an object.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"
#include "model/value.h"
#include "store/statement.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

/* The value of each written column for which take() holds, in the order of the rows; what has
 * to be made for it lives in arena. */
bool entity_values(const struct entity *entity, const void *object,
                   bool (*take)(const struct property *), struct arena *arena, struct value *values,
                   size_t *count, struct error *err) MUST_CHECK;

/* Columns as entity_sql lists them; clears object first. Text and octets are copied to arena. */
bool entity_load(const struct entity *entity, const struct row *row, struct arena *arena,
                 void *object, struct error *err) MUST_CHECK;
