#include "base/random.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

void random_fill(void *out, size_t len)
{
    if (len > 0 && RAND_bytes_ex(NULL, out, len, 0) != 1) {
        fputs("cloudpki: the random generator failed\n", stderr);
        abort();
    }
}

void random_uuid(char out[UUID_TEXT_OCTETS])
{
    uint8_t r[16];
    random_fill(r, sizeof r);
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    snprintf(out, UUID_TEXT_OCTETS,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
             r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
             r[15]);
}
