/*
 * trust - the trust stores of an organization: what others' CAs it accepts certificates of.
 *
 * A trust borrows the store, owns the thread that works on uploads, and is reached through
 * pkis.h, trusted_cas.h and upload.h. Its functions write, so they run on the desk. Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "base/timer.h"

#include <stdbool.h>

struct error;
struct store;
struct trust;

/* upload_hosts: the hosts that bundles may be fetched from (http/fetch.h), blanks or commas
 * between; empty: none. */
struct trust *trust_new(struct store *store, const char *upload_hosts);

/* Starts the thread; uploads that a process left behind go on. Errors: ERR_INTERNAL, and the
 * store's. */
bool trust_start(struct trust *trust, struct error *err) MUST_CHECK;

/* Ends it: an upload that is under way is given back and goes on at the next start. */
void trust_stop(struct trust *trust); /* NULL is fine */
void trust_free(struct trust *trust); /* stops, first */
DEFINE_SCOPED(struct trust *, trust_free)

/* What was deleted 30 days ago goes for good. Context is the trust. */
extern const struct timer_row trust_timers[];
