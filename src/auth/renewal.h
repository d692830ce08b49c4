/*
 * renewal - a certificate we enrolled vouches for its successor: RenewalReq, pki-rules §4.
 *
 * Also judges who may ask GetCert and GetCRL.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/grant.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct auth;
struct certificate;
struct error;

/* The signer is a device leaf of this CA, its very DER stored with us, in date, unrevoked, in the
 * last half of its life (unless allow_early). The grant is exactly its subject, SANs, EKUs,
 * device and user. Errors: ERR_FORBIDDEN, ERR_CONFLICT for too early. [worker] */
bool renewal_check(struct auth *auth, const char *ca_id, const struct certificate *signer,
                   bool allow_early, time_t now, struct arena *arena, struct grant *out,
                   struct error *err) MUST_CHECK;

/* Any certificate of this CA, in date and unrevoked. [worker] */
bool requester_check(struct auth *auth, const char *ca_id, const struct certificate *signer,
                     time_t now, struct arena *arena, struct error *err) MUST_CHECK;
