/*
 * failures - how often an address tried a wrong secret on a target (a CA, an application): buckets.
 *
 * FAILURES_MAX at once, then one every FAILURES_REFILL_S seconds; bounded, see base/buckets.h.
 * Thread-safe.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

enum { FAILURES_MAX = 10, FAILURES_REFILL_S = 6 };

struct failures;

struct failures *failures_new(void);
void failures_free(struct failures *failures);
DEFINE_SCOPED(struct failures *, failures_free)

/* false when this pair has failed too often lately. */
bool failures_may_try(struct failures *failures, const char *peer, const char *target, time_t now);
void failures_add(struct failures *failures, const char *peer, const char *target, time_t now);
