/*
 * scope - what a caller limited to some scope tags may do with those of a CA.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"

#include <stdbool.h>

struct error;

/* Tags that were not there before, or are there no more, must be the caller's, and one of the
 * caller's must be left: else the CA would be out of reach. Errors: ERR_FORBIDDEN. */
bool scope_check_tags(const struct caller *caller, const struct strings *wanted,
                      const struct strings *stored, struct error *err) MUST_CHECK;
