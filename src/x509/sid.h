/*
 * sid - the security identifier of a Windows account in a certificate, [MS-WCCE] §2.2.2.7.7.4.
 *
 * Whoever carries another's SID signs in as them, so only an administrator supplies one: an
 * extension, or a URI among the subject alternative names (san_is_sid). Text is "S-1-5-21-…".
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

enum { SID_OCTETS_MAX = 184 };

bool sid_is_valid(const char *sid);

/* Appends one whole Extension, never critical. */
void extension_put_sid(struct buf *out, const char *sid);
