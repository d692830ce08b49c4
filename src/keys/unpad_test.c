#include "unit/unit.h"

#include "base/random.h"
#include "keys/unpad.h"

#include <openssl/rsa.h>
#include <string.h>

enum { BLOCK = 256, MESSAGE = 32 };

static const uint8_t message[MESSAGE] = { 7, 7, 7 };

static void pad_pkcs1(uint8_t block[BLOCK])
{
    memset(block, 0xA5, BLOCK);
    block[0] = 0;
    block[1] = 2;
    block[BLOCK - MESSAGE - 1] = 0;
    memcpy(block + BLOCK - MESSAGE, message, MESSAGE);
}

/* What is in out afterwards: the message, or what was there before. */
static bool takes_pkcs1(const uint8_t *block, size_t len)
{
    uint8_t out[MESSAGE];
    uint8_t drawn[MESSAGE];
    random_fill(drawn, sizeof drawn);
    memcpy(out, drawn, sizeof out);
    unpad_pkcs1(block, len, out, sizeof out);
    bool is_taken = memcmp(out, message, sizeof out) == 0;
    assert_true(is_taken || memcmp(out, drawn, sizeof out) == 0);
    return is_taken;
}

TEST(unpad_pkcs1_takes_a_message_of_the_expected_length)
{
    uint8_t block[BLOCK];
    pad_pkcs1(block);
    assert_true(takes_pkcs1(block, sizeof block));
    for (unsigned filler = 1; filler < 256; filler++) {
        block[50] = (uint8_t)filler;
        assert_true(takes_pkcs1(block, sizeof block));
    }
}

TEST(unpad_pkcs1_keeps_what_was_drawn_otherwise)
{
    uint8_t block[BLOCK];
    for (size_t i = 0; i < BLOCK - MESSAGE; i++) {
        pad_pkcs1(block);
        block[i] = i == 0 || i == BLOCK - MESSAGE - 1 ? 1 : 0;
        assert_false(takes_pkcs1(block, sizeof block));
    }
    for (unsigned type = 0; type < 256; type++) {
        pad_pkcs1(block);
        block[1] = (uint8_t)type;
        assert_int_equal(takes_pkcs1(block, sizeof block), type == 2);
    }
}

TEST(unpad_pkcs1_needs_eight_octets_of_padding)
{
    uint8_t block[BLOCK];
    pad_pkcs1(block);
    block[BLOCK - MESSAGE - 11] = 0;
    block[BLOCK - MESSAGE - 10] = 2;
    assert_true(takes_pkcs1(block + BLOCK - MESSAGE - 11, MESSAGE + 11));
    block[BLOCK - MESSAGE - 10] = 0;
    block[BLOCK - MESSAGE - 9] = 2;
    assert_false(takes_pkcs1(block + BLOCK - MESSAGE - 10, MESSAGE + 10));
    assert_false(takes_pkcs1(block, 1));
}

static bool takes_oaep(const uint8_t padded[BLOCK], size_t out_len)
{
    uint8_t block[BLOCK];
    uint8_t out[MESSAGE + 1] = { 0xEE };
    memcpy(block, padded, sizeof block);
    unpad_oaep(block, sizeof block, out, out_len);
    return memcmp(out, message, MESSAGE) == 0;
}

static void pad_oaep(uint8_t block[BLOCK])
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    assert_int_equal(RSA_padding_add_PKCS1_OAEP(block, BLOCK, message, MESSAGE, NULL, 0), 1);
#pragma GCC diagnostic pop
}

TEST(unpad_oaep_takes_what_openssl_padded)
{
    uint8_t block[BLOCK];
    for (int i = 0; i < 100; i++) {
        pad_oaep(block);
        assert_true(takes_oaep(block, MESSAGE));
        assert_false(takes_oaep(block, MESSAGE - 1));
        assert_false(takes_oaep(block, MESSAGE + 1));
    }
}

TEST(unpad_oaep_refuses_every_changed_octet)
{
    uint8_t block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) {
        pad_oaep(block);
        block[i] ^= 0x10;
        assert_false(takes_oaep(block, MESSAGE));
    }
}
