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
void random_uuid(char out[UUID_TEXT_OCTETS]); /* version 4, lower case, RFC 9562 §5.4 */
