/*
 * literal - a value of $filter, read as the property that it is compared with.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"
#include "model/value.h"
#include "odata/lexer.h"

#include <stdbool.h>

struct error;

/* Whether values of this property can be written at all. */
bool literal_is_possible(const struct property *property);

/* Consumes it; null becomes V_NULL. Errors: ERR_INVALID, saying what it is compared with. */
bool literal_read(struct lexer *lexer, const struct property *property, struct value *out,
                  struct error *err) MUST_CHECK;
