/*
 * retire - what has ended is destroyed and forgotten; pki-rules §7.
 *
 * A key goes when all it signed has ended and its final list is out; a deleted CA goes, and its
 * name is free, when nothing of it is in date; a revocation goes when no list will name it again
 * (RFC 5280 §3.3); an audit row when it is older than audit_days. Each with an audit row in the
 * same transaction, in batches; whoever is stopped in between goes on the next time. Nothing of
 * this can be undone, so a clock that has just jumped is not believed: see retire.c. [desk]
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct authority;
struct error;

/* The timer's daily work. */
bool retire_due(void *authority, time_t now, struct error *err);

/* One part of it: the keys of CA versions and their officers. */
bool retire_keys(struct authority *authority, time_t now, struct error *err) MUST_CHECK;
