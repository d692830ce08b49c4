/*
 * responder - delegated OCSP signers, one per CA version; RFC 6960 §4.2.2.2, pki-rules §2.
 */
#pragma once

#include "base/attributes.h"
#include "ca/officer.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;
struct issuer;

/* The current responder of this version. [worker] */
struct officer *responder_get(struct authority *authority, const struct issuer *issuer, time_t now,
                              struct error *err) MUST_CHECK;

/* Makes the responder certificate of a version unless a current one has half its life left. [desk]
 */
bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err) MUST_CHECK;
bool responder_renew_due(void *authority, time_t now, struct error *err); /* timer */
