/*
 * buckets - how often each of many did something: leaky buckets in bounded memory.
 *
 * A bucket takes `most` at once, then one every `period`; times are in any one unit. The table is
 * bounded: a full neighbourhood forgets its emptiest bucket, so a flood of names can only make us
 * lenient to those, never cost memory. Thread-safe.
 */
#pragma once

#include "base/attributes.h"

#include <stdint.h>

struct buckets;

struct buckets *buckets_new(int64_t most, int64_t period);
void buckets_free(struct buckets *buckets); /* NULL is fine */
DEFINE_SCOPED(struct buckets *, buckets_free)

/* How long until the bucket of these two names takes one more; 0: it does. */
int64_t buckets_wait(struct buckets *buckets, const char *first, const char *second, int64_t now);

/* Counts one, even if it does not fit. */
void buckets_add(struct buckets *buckets, const char *first, const char *second, int64_t now);

/* Counts one if it fits: then 0, otherwise how long to wait. */
int64_t buckets_take(struct buckets *buckets, const char *first, const char *second, int64_t now);
