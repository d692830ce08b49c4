/*
 * trusted_cas - operations on the CAs of a trust store (certificateAuthorityDetail), each with
 * its audit row.
 *
 * Everything is derived from the certificate; what a client sends beside it must agree. Errors:
 * ERR_INVALID naming the member, ERR_QUOTA past 250 in one PKI, ERR_CONFLICT for a certificate
 * that is there already, ERR_NOT_FOUND, ERR_PRECONDITION, ERR_BUSY, ERR_OUTCOME_UNKNOWN.
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/pki.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct trust;

/* wanted is what the client sent; its certificate is DER, PEM or PKCS#7 of one. */
bool trusted_ca_add(struct trust *trust, const struct actor *actor, const char *pki_id,
                    const struct trusted_ca *wanted, time_t now, struct arena *arena,
                    struct trusted_ca *out, struct error *err) MUST_CHECK;

/* wanted is the row as it was read, with the client's changes: ERR_PRECONDITION when another
 * changed it meanwhile. */
bool trusted_ca_change(struct trust *trust, const struct actor *actor,
                       const struct trusted_ca *wanted, time_t now, struct arena *arena,
                       struct trusted_ca *out, struct error *err) MUST_CHECK;

bool trusted_ca_delete(struct trust *trust, const struct actor *actor, const char *pki_id,
                       const char *id, time_t now, struct error *err) MUST_CHECK; /* softly */

/* Deleted ones. One that went with its PKI comes back with it only: ERR_CONFLICT. */
bool trusted_ca_restore(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                        struct arena *arena, struct trusted_ca *out, struct error *err) MUST_CHECK;
bool trusted_ca_purge(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                      struct error *err) MUST_CHECK;
