/*
 * serial - serial numbers as people write them; pki-rules §1.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct arena;
struct error;

/* Any case, colons, blanks and leading zeros; out is the content of the DER INTEGER. Errors:
 * ERR_INVALID. */
bool serial_from_text(const char *text, struct arena *arena, struct bytes *out,
                      struct error *err) MUST_CHECK;
