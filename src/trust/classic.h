/*
 * classic - the classic trust store of a tenant: made whole and deleted whole, never changed.
 *
 * Each certificate is judged as anchor.h does; issuer and key identifier are taken from it,
 * whatever the client sent. Errors: ERR_INVALID naming the member, or while a stored CA has
 * expired; ERR_CONFLICT when there is a store; ERR_NOT_FOUND. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/classic_store.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct trust;

/* wish: as the client sent it; certificates are DER, PEM or PKCS#7 of one. */
bool classic_create(struct trust *trust, const struct actor *actor,
                    const struct classic_store *wish, time_t now, struct arena *arena,
                    struct classic_store *out, struct error *err) MUST_CHECK;

bool classic_delete(struct trust *trust, const struct actor *actor,
                    const struct classic_store *stored, time_t now, struct error *err) MUST_CHECK;
