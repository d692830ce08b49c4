/*
 * ra - the registration authority of a CA: decrypts and signs for SCEP, never issues; §2, §4.
 *
 * Every issuing CA has an RSA RA certificate, so that RSA-only clients enrol under any key type.
 * It is renewed at half its life; a superseded one decrypts until it ends.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "ca/officer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct authority;
struct error;
struct issuer;

/* The current RA of a CA's version; 0: the active one. [worker] */
struct officer *ra_get(struct authority *authority, const char *ca_id, int64_t version, time_t now,
                       struct error *err) MUST_CHECK;

/* The RA with this issuer Name (DER) and serial (INTEGER content), current or superseded and in
 * date; NULL with ERR_NOT_FOUND. [worker] */
struct officer *ra_find(struct authority *authority, const char *ca_id, struct bytes issuer,
                        struct bytes serial, time_t now, struct error *err) MUST_CHECK;

/* What GetCACert answers: RA, issuing CA, … root; DER each, in the arena. [worker] */
bool ra_chain(struct authority *authority, const char *ca_id, int64_t version, time_t now,
              struct arena *arena, struct bytes *out, size_t max, size_t *count,
              struct error *err) MUST_CHECK;

/* What GetNextCACert answers: the chain of the staged version, signed by the key of the active one
 * (RFC 8894 §4.7.1). ERR_NOT_FOUND while nothing is staged. [worker] */
bool ra_next_chain(struct authority *authority, const struct issuer *current, time_t now,
                   struct arena *arena, struct buf *out, struct error *err) MUST_CHECK;

/* Makes the RA certificate of a CA version unless a current one has half its life left. [desk] */
bool ra_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
               struct error *err) MUST_CHECK;
bool ra_renew_due(void *authority, time_t now, struct error *err); /* timer */
