/*
 * access - which scopes open a route. Two generations of the same scopes exist; either will do.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"

#include <stdbool.h>

struct error;

enum access { ACCESS_CA_READ, ACCESS_CA_WRITE, ACCESS_COUNT };

/* Errors: ERR_FORBIDDEN, naming the scopes that would do. */
bool access_check(enum access access, const struct caller *caller, struct error *err) MUST_CHECK;

/* The scopes that would do, least privilege first, one blank between. */
const char *access_scopes(enum access access);
