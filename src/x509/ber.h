/*
 * ber - what clients send in BER made DER-shaped, in one bounded pass; ITU-T X.690 §8.
 *
 * Indefinite lengths become definite, lengths minimal, and a constructed OCTET STRING one
 * primitive. Everything else is copied: values and the order of a SET OF are the sender's, and
 * x509/der.h refuses what is then still not DER. An [n] IMPLICIT OCTET STRING that was sent
 * constructed keeps its parts, since only its reader knows what it is: ber_octets joins them.
 * Errors: ERR_MALFORMED; ERR_TOO_LARGE past the caps.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct error;

enum { BER_DEPTH_MAX = 32, BER_ELEMENTS_MAX = 20000, BER_STRING_DEPTH_MAX = 5 };

/* One element and nothing behind it. out grows to at most twice the input. */
bool ber_to_der(struct bytes ber, struct buf *out, struct error *err) MUST_CHECK;

/* The octets of an [n] IMPLICIT OCTET STRING whose parts are OCTET STRINGs: appended to out. der
 * is the content of the constructed element, made DER-shaped before. */
bool ber_octets(struct bytes der, struct buf *out, struct error *err) MUST_CHECK;
