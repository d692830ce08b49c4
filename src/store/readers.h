/*
 * readers - the sessions that read, lent out one at a time and kept open between.
 *
 * Thread-safe. Errors: ERR_BUSY when none becomes free in time.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct readers;
struct session;
struct store;

struct readers *readers_new(struct store *store, unsigned sessions_max);
struct session *readers_take(struct readers *readers, struct error *err) MUST_CHECK;
void readers_give_back(struct readers *readers, struct session *session);
void readers_free(struct readers *readers); /* all sessions must be back */
DEFINE_SCOPED(struct readers *, readers_free)
