/*
 * pkis - operations on trust stores (certificateBasedAuthPki), each with its audit row.
 *
 * Every function names the tenant through the actor. Errors: ERR_NOT_FOUND, ERR_CONFLICT,
 * ERR_BUSY, ERR_OUTCOME_UNKNOWN.
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

/* Of wanted only the display name counts. */
bool pki_create(struct trust *trust, const struct actor *actor, const struct pki *wanted,
                time_t now, struct arena *arena, struct pki *out, struct error *err) MUST_CHECK;
bool pki_change(struct trust *trust, const struct actor *actor, const struct pki *wanted,
                time_t now, struct arena *arena, struct pki *out, struct error *err) MUST_CHECK;

/* Softly, and the CAs in it with it. */
bool pki_delete(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                struct error *err) MUST_CHECK;

/* Deleted ones: both find nothing else. */
bool pki_restore(struct trust *trust, const struct actor *actor, const char *id, time_t now,
                 struct arena *arena, struct pki *out, struct error *err) MUST_CHECK;
bool pki_purge(struct trust *trust, const struct actor *actor, const char *id, time_t now,
               struct error *err) MUST_CHECK;

/* Purges what was deleted more than PKI_DELETED_DAYS ago, CAs too. */
bool pkis_purge_due(struct trust *trust, time_t now, struct error *err) MUST_CHECK;
