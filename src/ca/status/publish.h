/*
 * publish - complete and delta CRLs on time and after revocations; pki-rules §5.
 *
 * Each CA version publishes with its key; every complete CRL lists the unexpired revoked of all
 * versions. A list is streamed: rows in serial order, DER written into chunks while the digest
 * runs, one signature, the header row last. Memory does not grow with the list.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;

struct publication {
    const char *tenant_id; /* NULL: found from the CA */
    const char *ca_id;
    int64_t version;
    bool complete;
    bool delta;
    bool is_scheduled;
};

/* Both kinds published together share number and state. [desk] */
bool publish_crls(struct authority *authority, const struct publication *publication, time_t now,
                  struct error *err) MUST_CHECK;

/* After the revocation of one certificate of this CA committed: raises the revocation epoch, tells
 * the watchers, and within revocation_delay_s the lists follow. Any thread, never waits. */
void publish_revoked(struct authority *authority, const char *ca_id, struct bytes serial);

/* The same when more than one certificate may have changed, as when the CA itself is revoked. */
void publish_soon(struct authority *authority, const char *ca_id);

/* Called by publish_revoked and publish_soon, before they return; serial is empty for all of the
 * CA. Watchers are added at start-up and stay as long as the authority. */
typedef void publish_watch_fn(void *context, const char *ca_id, struct bytes serial);
bool publish_watch(struct authority *authority, publish_watch_fn *watch, void *context,
                   struct error *err) MUST_CHECK;

/* Grows with each revocation of this node: an OCSP answer made before may not be cached after. */
uint64_t publish_revocation_epoch(const struct authority *authority);

/* The timer's work: what is due at now; and what publish_soon asked for. */
bool publish_due(void *authority, time_t now, struct error *err);
bool publish_asked(void *authority, time_t now, struct error *err);

/* Age in seconds of the oldest current complete CRL of a live CA, for /metrics. */
bool publish_oldest_age(struct authority *authority, time_t now, double *out,
                        struct error *err) MUST_CHECK;
