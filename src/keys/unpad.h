/*
 * unpad - RSA padding removed in time that depends on lengths only.
 *
 * For a block whose message must have out_len octets, so every octet's meaning is known from its
 * place. If the padding is right the message replaces what stands in out; if not, out keeps what
 * it held: octets that the caller drew. Nothing tells which (Bleichenbacher; RFC 3218 §2.3.2).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* EME-PKCS1-v1_5, RFC 8017 §7.2.2; block is as long as the modulus. */
void unpad_pkcs1(const uint8_t *block, size_t block_len, uint8_t *out, size_t out_len);

/* EME-OAEP with SHA-1, MGF1 with SHA-1 and an empty label, RFC 8017 §7.1.2; overwrites block. */
void unpad_oaep(uint8_t *block, size_t block_len, uint8_t *out, size_t out_len);
