/*
 * seal - what stands at rest under the master key.
 *
 * Three keys are derived from the master key by HKDF-SHA-256 (RFC 5869): one wraps private keys,
 * one seals other secrets, one makes MACs. A sealed value is: version 1, nonce (12 octets, drawn),
 * AES-256-GCM ciphertext, tag (16). Nonces are random: at the 2^32 values of SP 800-38D §8.3 a
 * collision is still a matter of 2^-32, and an installation seals millions at most.
 * Thread-safe; nothing changes after seal_new. Errors: ERR_INTERNAL.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

struct error;
struct seal;

enum { SEAL_OVERHEAD_OCTETS = 1 + 12 + 16, SEAL_MAC_OCTETS = 32 };

enum seal_use { SEAL_KEYS, SEAL_SECRETS };

struct seal *seal_new(struct bytes master_key, struct error *err) MUST_CHECK;
void seal_free(struct seal *seal);
DEFINE_SCOPED(struct seal *, seal_free)

/* context is authenticated and must be the same to open. */
bool seal_close(const struct seal *seal, enum seal_use use, struct bytes context,
                struct bytes plain, struct buf *out, struct error *err) MUST_CHECK;
struct secret *seal_open(const struct seal *seal, enum seal_use use, struct bytes context,
                         struct bytes sealed, struct error *err) MUST_CHECK;

/* HMAC-SHA-256 under HKDF-Expand(MAC key, context). */
void seal_mac(const struct seal *seal, struct bytes context, struct bytes data,
              uint8_t out[SEAL_MAC_OCTETS]);
