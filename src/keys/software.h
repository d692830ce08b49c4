/*
 * software - private keys in this process, through OpenSSL.
 *
 * A loaded key keeps a stack of ready EVP_PKEY_CTX, each over a duplicate of the key: a new
 * context costs more than a P-256 signature's fifth, and a shared RSA key has one blinding behind
 * one lock. Thread-safe. Errors: ERR_INTERNAL.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "keys/generator.h"
#include "x509/algorithm.h"

struct error;
struct software;

/* RSA with exponent 65537, or EC on a named curve. */
bool software_make(enum key_type type, struct key_pair *out, struct error *err) MUST_CHECK;

/* pkcs8 must hold a key of this type whose public half is spki. */
struct software *software_load(enum key_type type, struct bytes pkcs8, struct bytes spki,
                               struct error *err) MUST_CHECK;
void software_free(struct software *software);
DEFINE_SCOPED(struct software *, software_free)

bool software_sign(struct software *software, enum digest digest, struct bytes octets,
                   struct buf *out, struct error *err) MUST_CHECK;

/* As key_decrypt. */
bool software_decrypt(struct software *software, bool is_oaep, struct bytes block, uint8_t *out,
                      size_t out_len, struct error *err) MUST_CHECK;

struct secret *software_pem(const struct software *software, struct error *err) MUST_CHECK;
