#include "keys/unpad.h"

#include "base/bytes.h"
#include "x509/algorithm.h"

#include <stdbool.h>
#include <string.h>

enum { SHA1_OCTETS = 20, PKCS1_OVERHEAD_OCTETS = 11, OAEP_OVERHEAD_OCTETS = 2 * SHA1_OCTETS + 2 };

/* All ones if every bit of difference is zero, else zero; no branch, and the compiler is kept
 * from seeing through it and making one. */
static uint32_t mask_if_zero(uint32_t difference)
{
    __asm__("" : "+r"(difference));
    return 0 - ((~difference & (difference - 1)) >> 31);
}

static void copy_if(uint32_t mask, const uint8_t *from, uint8_t *out, size_t len)
{
    uint8_t take = (uint8_t)mask;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((from[i] & take) | (out[i] & (uint8_t)~take));
}

/* RFC 8017 §B.2.1: exclusive-ors the mask generated from seed over text. */
static bool apply_mask(struct bytes seed, uint8_t *text, size_t len)
{
    uint8_t input[1024 + 4];
    uint8_t digest[DIGEST_OCTETS_MAX];
    if (seed.len > sizeof input - 4)
        return false;
    memcpy(input, seed.data, seed.len);
    bool ok = true;
    for (size_t at = 0; ok && at < len; at++) {
        if (at % SHA1_OCTETS == 0) {
            uint32_t counter = (uint32_t)(at / SHA1_OCTETS);
            for (size_t i = 0; i < 4; i++)
                input[seed.len + i] = (uint8_t)(counter >> (24 - 8 * i));
            ok = digest_of(DIGEST_SHA1, (struct bytes){ input, seed.len + 4 }, digest);
        }
        text[at] ^= digest[at % SHA1_OCTETS];
    }
    bytes_wipe(input, sizeof input);
    bytes_wipe(digest, sizeof digest);
    return ok;
}

void unpad_pkcs1(const uint8_t *block, size_t block_len, uint8_t *out, size_t out_len)
{
    if (block_len < PKCS1_OVERHEAD_OCTETS || out_len > block_len - PKCS1_OVERHEAD_OCTETS)
        return;
    /* 00 02 PS 00 M, no octet of PS is zero; the lengths leave PS its 8 octets or more. */
    size_t separator = block_len - out_len - 1;
    uint32_t wrong = block[0] | (block[1] ^ 2u) | block[separator];
    for (size_t i = 2; i < separator; i++)
        wrong |= mask_if_zero(block[i]);
    copy_if(mask_if_zero(wrong), block + separator + 1, out, out_len);
}

void unpad_oaep(uint8_t *block, size_t block_len, uint8_t *out, size_t out_len)
{
    if (block_len < OAEP_OVERHEAD_OCTETS || out_len > block_len - OAEP_OVERHEAD_OCTETS)
        return;
    uint8_t label[DIGEST_OCTETS_MAX];
    uint8_t *seed = block + 1;
    uint8_t *data = seed + SHA1_OCTETS;
    size_t data_len = block_len - 1 - SHA1_OCTETS;
    if (!digest_of(DIGEST_SHA1, BYTES_NONE, label) ||
        !apply_mask((struct bytes){ data, data_len }, seed, SHA1_OCTETS) ||
        !apply_mask((struct bytes){ seed, SHA1_OCTETS }, data, data_len))
        return;
    /* 00 seed lHash PS 01 M, all octets of PS zero. */
    size_t separator = data_len - out_len - 1;
    uint32_t wrong = block[0] | (data[separator] ^ 1u);
    for (size_t i = 0; i < SHA1_OCTETS; i++)
        wrong |= (uint32_t)(data[i] ^ label[i]);
    for (size_t i = SHA1_OCTETS; i < separator; i++)
        wrong |= data[i];
    copy_if(mask_if_zero(wrong), data + separator + 1, out, out_len);
}
