/*
 * random - octets from the operating system's CSPRNG, through OpenSSL.
 *
 * Without randomness nothing we do is safe, so failure ends the process.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { UUID_TEXT_OCTETS = 37 }; /* with the NUL */

void random_fill(void *out, size_t len);

/* Version 7, lower case, RFC 9562 §5.7, to the quarter of a microsecond (§6.2, method 3): what is
 * made together lies together in an index, which then need not touch a page for each row. It tells
 * when it was made, so it is no secret. */
void random_uuid(char out[UUID_TEXT_OCTETS]);
