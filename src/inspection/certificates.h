/*
 * certificates - making and changing externalCertificateAuthorityCertificate: a key and its CSR,
 * the certificate that comes back, and which one is in use.
 *
 * The key never leaves keys/ and has a purpose of its own, KEY_INSPECTION. Every change is audited.
 * [desk]
 * Errors: ERR_INVALID naming the member; ERR_CONFLICT for a name that was used before, a change of
 * status that cannot be, or when another one is enabled; ERR_NOT_FOUND, ERR_PRECONDITION.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct error;
struct inspection;
struct inspection_ca;
struct inspection_signer;

/* An RSA key waits for the generator's thread. */
bool inspection_ca_create(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *wish, time_t now, struct arena *arena,
                          struct inspection_ca *out, struct error *err) MUST_CHECK;

/* wish: the stored one with changes: certificate and chain, or a status, or both in this order. */
bool inspection_ca_change(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *stored, const struct inspection_ca *wish,
                          time_t now, struct arena *arena, struct inspection_ca *out,
                          struct error *err) MUST_CHECK;

/* One of our own CAs signs the CSR; the certificate is taken as if it had been uploaded. */
bool inspection_ca_sign_with(struct inspection *inspection, const struct actor *actor,
                             const struct inspection_ca *stored,
                             const struct inspection_signer *signer, time_t now,
                             struct arena *arena, struct inspection_ca *out,
                             struct error *err) MUST_CHECK;

/* With its key. What a CA of ours signed is revoked. */
bool inspection_ca_delete(struct inspection *inspection, const struct actor *actor,
                          const struct inspection_ca *stored, time_t now,
                          struct error *err) MUST_CHECK;
