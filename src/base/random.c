#include "base/random.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { UUID_OCTETS = 16, UUID_TIME_OCTETS = 8, NS_PER_MS = 1000000 };

/* 48 bits of milliseconds, the version, 12 bits of the millisecond's fraction. */
static void put_time(uint8_t out[UUID_TIME_OCTETS])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / NS_PER_MS;
    uint64_t fraction = (uint64_t)now.tv_nsec % NS_PER_MS * 4096 / NS_PER_MS;
    uint64_t time = ms << 16 | 0x7000 | fraction;
    for (size_t i = 0; i < UUID_TIME_OCTETS; i++)
        out[i] = (uint8_t)(time >> (56 - 8 * i));
}

void random_fill(void *out, size_t len)
{
    if (len > 0 && RAND_bytes_ex(NULL, out, len, 0) != 1) {
        fputs("cloudpki: the random generator failed\n", stderr);
        abort();
    }
}

void random_uuid(char out[UUID_TEXT_OCTETS])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t uuid[UUID_OCTETS];
    put_time(uuid);
    random_fill(uuid + UUID_TIME_OCTETS, sizeof uuid - UUID_TIME_OCTETS);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof uuid; i++) {
        if (i >= 4 && i <= 10 && i % 2 == 0)
            *out++ = '-';
        *out++ = digits[uuid[i] >> 4];
        *out++ = digits[uuid[i] & 0x0f];
    }
    *out = '\0';
}
