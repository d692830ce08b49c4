/*
 * cors - pages of other origins that may use the API, Fetch standard §3.2 "CORS protocol".
 *
 * Tokens travel in Authorization, never in cookies, so credentials are not let through and no
 * origin gets more than its own token gives it. Without origins nothing is said at all.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct exchange;

/* origins: as browsers write them, "https://console.example:8443", with blanks between. Errors:
 * ERR_INVALID. */
bool cors_check_origins(const char *origins, struct error *err) MUST_CHECK;

/* What the page at Origin may do with this answer; in answers to OPTIONS, which requests it may
 * send at all. */
void cors_add(const char *origins, struct exchange *exchange);
