/*
 * reason - the parameter `reason` of cloudpki.revoke; RFC 5280 §5.3.1.
 */
#pragma once

#include "base/attributes.h"
#include "x509/reason.h"

#include <stdbool.h>

struct error;

/* Of a CA, which is not put on hold. NULL is unspecified. Errors: ERR_INVALID. */
bool reason_read(const char *text, enum reason *out, struct error *err) MUST_CHECK;

/* Of a leaf: certificateHold too, and removeFromCRL, which releases it. */
bool reason_read_of_leaf(const char *text, enum reason *out, struct error *err) MUST_CHECK;
