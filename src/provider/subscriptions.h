/*
 * subscriptions - making and changing what an outside PKI is reached with.
 *
 * Credentials are sealed before they reach the database and are shown to nobody. A client
 * certificate is opened with its password when it is saved, so that a wrong one is told then and
 * not by a failing sync. Every change is audited. [desk]
 * Errors: ERR_INVALID naming the member, ERR_CONFLICT for an id that is taken, ERR_NOT_FOUND,
 * ERR_PRECONDITION.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct error;
struct provider;
struct subscription;

/* wish: as the client gave it; with an id, that becomes its id. */
bool subscription_create(struct provider *provider, const struct actor *actor,
                         const struct subscription *wish, time_t now, struct arena *arena,
                         struct subscription *out, struct error *err) MUST_CHECK;

/* wish: the stored one with changes. Credentials that are not given stay: what was read and is
 * sent back whole has null there. */
bool subscription_change(struct provider *provider, const struct actor *actor,
                         const struct subscription *wish, time_t now, struct arena *arena,
                         struct subscription *out, struct error *err) MUST_CHECK;

bool subscription_delete(struct provider *provider, const struct actor *actor,
                         const struct subscription *stored, time_t now,
                         struct error *err) MUST_CHECK;
