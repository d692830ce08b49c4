/*
 * target - what stands behind /ocsp/ in a GET: perhaps a CA's id, then the request in base64.
 *
 * RFC 6960 App. A.1 wants the base64 percent-encoded. In the field it also comes with "/" and "+"
 * as they are, with escapes in either case, in the URL alphabet, without padding, with "//" in it,
 * and with a blank where somebody decoded "+": all of that is read, because base64 leaves no doubt
 * what was meant. An id of ours cannot be the beginning of an OCSPRequest, whose first character
 * is always M.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct arena;

enum { OCSP_CA_ID_OCTETS = 37 };

/* Takes "{caId}" and the slashes around it from *rest; ca_id is "" when there is none, else in
 * lower case. */
void target_take_ca(const char **rest, char ca_id[OCSP_CA_ID_OCTETS]);

/* Percent and base64; false for what is neither. The octets live in the arena. */
bool target_decode(const char *text, struct arena *arena, struct bytes *out) MUST_CHECK;
