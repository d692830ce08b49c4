/*
 * reason - the parameter `reason` of cloudpki.revoke; RFC 5280 §5.3.1.
 */
#pragma once

#include "base/attributes.h"
#include "x509/reason.h"

#include <stdbool.h>

struct error;

/* NULL is unspecified. A hold needs its release, which is not offered. Errors: ERR_INVALID. */
bool reason_read(const char *text, enum reason *out, struct error *err) MUST_CHECK;
