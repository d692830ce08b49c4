/*
 * responder - delegated OCSP signers, one per CA version; RFC 6960 §4.2.2.2, pki-rules §2.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;
struct issuer;

struct responder; /* counted */

/* The current responder of this version. [worker] */
struct responder *responder_get(struct authority *authority, const char *ca_id, int64_t version,
                                time_t now, struct error *err) MUST_CHECK;
void responder_release(struct responder *responder);
DEFINE_SCOPED(struct responder *, responder_release)

struct bytes responder_certificate(const struct responder *responder); /* DER */
time_t responder_not_after(const struct responder *responder);
enum key_type responder_key_type(const struct responder *responder);
enum digest responder_digest(const struct responder *responder);
const uint8_t *responder_key_hash(const struct responder *responder); /* SHA-1, 20 octets: byKey */
bool responder_sign(struct responder *responder, struct bytes digest_octets, struct buf *out,
                    struct error *err) MUST_CHECK;

/* Makes the responder certificate of a version unless a current one has half its life left. [desk]
 */
bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err) MUST_CHECK;
bool responder_renew_due(void *authority, time_t now, struct error *err); /* timer */
