/*
 * revocation - one change of a leaf's standing, alone or among many: revoked, put on hold,
 * released, or revoked for good after a hold. For revoke.c and revoke_many.c.
 */
#pragma once

#include "base/attributes.h"
#include "model/leaf.h"
#include "x509/reason.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct error;
struct session;

struct revocation_write {
    const struct leaf *leaf; /* as it was read */
    enum reason reason;
    time_t now;
    const struct actor *actor;
};

/* The CA must be the caller's and shown; a deleted CA's certificates can still be revoked. */
bool revocation_check_ca(struct session *session, const struct actor *actor, const char *ca_id,
                         time_t now, struct arena *arena, struct error *err) MUST_CHECK;

/* Whether this leaf may be changed so. */
bool revocation_check(const struct leaf *leaf, enum reason reason, time_t now,
                      struct error *err) MUST_CHECK;

/* In a write's run(): mark, list and audit row. ERR_CONFLICT when it was changed meanwhile. */
bool revocation_write(struct session *session, const struct revocation_write *write,
                      struct error *err) MUST_CHECK;

/* What the leaf is after that. */
void revocation_apply(struct leaf *leaf, enum reason reason, time_t now);
