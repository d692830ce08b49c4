/*
 * responder - who signs OCSP answers about what a version issued; RFC 6960 §4.2.2.2, pki-rules §2.
 *
 * A delegated responder with a P-256 or an RSA key, or the CA itself: a setting of the authority.
 * When it is changed the timer makes the other responder; until then the one there is answers.
 */
#pragma once

#include "base/attributes.h"
#include "ca/authority.h"
#include "ca/officer.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;
struct issuer;

bool responder_kind_from_text(const char *text, enum responder_kind *out); /* "p256", "rsa", "ca" */

/* The current responder of this version; its certificate is empty when it is the CA. [worker] */
struct officer *responder_get(struct authority *authority, const struct issuer *issuer, time_t now,
                              struct error *err) MUST_CHECK;

/* Makes the responder certificate of a version that the setting asks for, unless a current one has
 * half its life left. [desk] */
bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err) MUST_CHECK;
bool responder_renew_due(void *authority, time_t now, struct error *err); /* timer */
