/*
 * ra - the registration authority of a CA: decrypts and signs for SCEP, never issues; §2, §4.
 *
 * Every issuing CA has an RSA RA certificate, so that RSA-only clients enrol under any key type.
 * It is renewed at half its life; a superseded one decrypts until it ends.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct authority;
struct error;
struct issuer;

struct ra; /* counted */

/* The current RA of a CA's active version. [worker] */
struct ra *ra_get(struct authority *authority, const char *ca_id, time_t now,
                  struct error *err) MUST_CHECK;

/* The RA with this issuer Name (DER) and serial (INTEGER content), current or superseded and in
 * date; NULL with ERR_NOT_FOUND. [worker] */
struct ra *ra_find(struct authority *authority, const char *ca_id, struct bytes issuer,
                   struct bytes serial, time_t now, struct error *err) MUST_CHECK;
void ra_release(struct ra *ra);
DEFINE_SCOPED(struct ra *, ra_release)

struct bytes ra_certificate(const struct ra *ra); /* DER */

/* See key_decrypt: always fills out, never says whether it failed. */
bool ra_decrypt(struct ra *ra, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                struct error *err) MUST_CHECK;
/* RSA PKCS #1 v1.5. */
bool ra_sign(struct ra *ra, enum digest digest, struct bytes digest_octets, struct buf *out,
             struct error *err) MUST_CHECK;

/* What GetCACert answers: RA, issuing CA, … root; DER each, in the arena. [worker] */
bool ra_chain(struct authority *authority, const char *ca_id, time_t now, struct arena *arena,
              struct bytes *out, size_t max, size_t *count, struct error *err) MUST_CHECK;

/* Makes the RA certificate of a CA version unless a current one has half its life left. [desk] */
bool ra_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
               struct error *err) MUST_CHECK;
bool ra_renew_due(void *authority, time_t now, struct error *err); /* timer */

/* Drops what is cached of a CA's RA certificates: after renewing or revoking them. */
void ra_forget(struct authority *authority, const char *ca_id);
