/*
 * rows - the typed queries that are not plain entity reads and writes; one file per subject.
 *
 * All take a session: a reader's for what only reads, a writer's for what changes. Times are
 * given, never read from a clock.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/audit.h"
#include "model/ca.h"
#include "model/challenge.h"
#include "model/crl_row.h"
#include "model/enrolment.h"
#include "model/leaf.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct error;
struct session;

/* ---- tenants, settings, leases ---- */

bool tenants_insert(struct session *session, const char *id, const char *name, time_t now,
                    struct error *err) MUST_CHECK;
bool tenants_first(struct session *session, struct arena *arena, const char **id,
                   struct error *err) MUST_CHECK; /* ERR_NOT_FOUND before init */
bool settings_get(struct session *session, const char *name, struct arena *arena,
                  const char **value, struct error *err) MUST_CHECK; /* NULL when unset */
bool settings_put(struct session *session, const char *name, const char *value,
                  struct error *err) MUST_CHECK;
/* Takes or prolongs a lease; *held false when another holder's has not ended. */
bool leases_take(struct session *session, const char *name, const char *holder, time_t now,
                 int lifetime_s, bool *held, struct error *err) MUST_CHECK;

/* ---- keys: the private half is sealed before it comes here ---- */

struct key_row {
    const char *id;
    const char *tenant_id;
    const char *purpose;
    const char *type;
    struct bytes spki;
    struct bytes private_sealed;
    time_t created_at;
};
bool keys_insert(struct session *session, const struct key_row *key, struct error *err) MUST_CHECK;
bool keys_find(struct session *session, const char *id, struct arena *arena, struct key_row *out,
               struct error *err) MUST_CHECK; /* ERR_NOT_FOUND */
bool keys_destroy(struct session *session, const char *id, struct error *err) MUST_CHECK;

/* ---- certificates and revocations ---- */

/* Inserts only while the version (ca_id, version) has one of these statuses; ERR_CONFLICT with
 * "the CA does not issue now" otherwise, or "serial collision" text when the serial is taken. */
bool leaves_insert_guarded(struct session *session, const struct leaf *leaf,
                           const int64_t *statuses, size_t count, struct error *err) MUST_CHECK;

bool leaves_find_by_serial(struct session *session, const char *ca_id, struct bytes serial,
                           time_t now, struct arena *arena, struct leaf *out,
                           struct error *err) MUST_CHECK; /* any kind; ERR_NOT_FOUND */

/* What OCSP asks: one indexed read. */
struct serial_status {
    bool is_known;
    int64_t kind;
    int64_t version;
    time_t not_after;
    time_t revoked_at; /* 0: good */
    int64_t reason;
};
bool leaves_status(struct session *session, const char *ca_id, struct bytes serial,
                   struct serial_status *out, struct error *err) MUST_CHECK;

/* Marks and lists it; ERR_CONFLICT when it is revoked already. The CA's certificates of any kind.
 */
bool leaves_revoke(struct session *session, const struct leaf *leaf, int64_t reason,
                   time_t revoked_at, struct error *err) MUST_CHECK;
/* A certificate on hold is released (reason removeFromCRL), or revoked for good at the date of its
 * hold; ERR_CONFLICT when it is not on hold. */
bool leaves_end_hold(struct session *session, const struct leaf *leaf, int64_t reason, time_t now,
                     struct error *err) MUST_CHECK;

/* Leaves (kind DEVICE) neither revoked nor expired: pausing and revoking a CA ask. */
bool leaves_count_live(struct session *session, const char *ca_id, int64_t version /* 0: any */,
                       time_t now, int64_t *out, struct error *err) MUST_CHECK;

/* The newest certificate of a kind (RA, responder, TLS) of a CA; version 0: any. */
bool leaves_newest(struct session *session, const char *ca_id, int64_t version, int64_t kind,
                   time_t now, struct arena *arena, struct leaf *out,
                   struct error *err) MUST_CHECK; /* ERR_NOT_FOUND */

/* The latest notAfter of everything a version issued but certificates of kind `without`
 * (LEAF_KIND_NONE: none is left out); 0 if nothing. */
bool leaves_latest_end(struct session *session, const char *ca_id, int64_t version /* 0: any */,
                       int64_t without, time_t *out, struct error *err) MUST_CHECK;

/* A device's certificate that has expired leaves the table; its revocation stays for the lists.
 * ERR_CONFLICT while it is in date. */
bool leaves_delete_expired(struct session *session, const struct leaf *leaf, time_t now,
                           struct error *err) MUST_CHECK;

/* Revoked serials in serial order: those with not_after ≥ ends_from. since 0: as a complete list
 * has them; else what changed from then on, released holds (removeFromCRL) included. */
struct revocation {
    struct bytes serial;
    int64_t reason;
    time_t revoked_at;
};
typedef bool revocation_fn(const struct revocation *revocation, void *context, struct error *err);
bool revocations_each(struct session *session, const char *ca_id, time_t ends_from, time_t since,
                      revocation_fn *each, void *context, struct error *err) MUST_CHECK;
bool revocations_count(struct session *session, const char *ca_id, time_t ends_from, time_t since,
                       int64_t *out, struct error *err) MUST_CHECK;

/* ---- challenges and enrolments ---- */

bool challenges_find(struct session *session, const char *ca_id, struct bytes secret_mac,
                     struct arena *arena, struct challenge *out,
                     struct error *err) MUST_CHECK; /* ERR_BAD_CHALLENGE when unknown */
/* Counts one use if it is in date and has uses left; ERR_BAD_CHALLENGE otherwise. This decides. */
bool challenges_use(struct session *session, const char *id, time_t now,
                    struct error *err) MUST_CHECK;

/* The one static challenge of a CA; fine when there is none. */
bool challenges_delete_static(struct session *session, const char *tenant_id, const char *ca_id,
                              struct error *err) MUST_CHECK;

bool enrolments_find(struct session *session, const char *ca_id, int64_t message_type,
                     struct bytes transaction, time_t now, struct arena *arena,
                     struct enrolment *out, bool *found, struct error *err) MUST_CHECK;
/* Replaces a dead row of the same transaction; ERR_CONFLICT when a live one stands there. */
bool enrolments_insert(struct session *session, const struct enrolment *enrolment, time_t now,
                       struct error *err) MUST_CHECK;
bool enrolments_decide(struct session *session, const char *tenant_id, const char *id,
                       int64_t status, const char *certificate_id, time_t expires_at,
                       struct error *err) MUST_CHECK; /* from PENDING only; ERR_CONFLICT */
bool enrolments_purge(struct session *session, time_t now, struct error *err) MUST_CHECK;
bool challenges_purge(struct session *session, time_t before, struct error *err) MUST_CHECK;

/* ---- CRLs ---- */

/* Reserves a number and a thisUpdate that never go back: max(previous + 1, now), max(previous,
 * now). */
bool crls_reserve(struct session *session, const char *ca_id, time_t now, int64_t *number,
                  time_t *this_update, struct error *err) MUST_CHECK;
bool crls_put_chunk(struct session *session, const char *crl_id, int64_t position,
                    struct bytes octets, struct error *err) MUST_CHECK;
/* The header row, which makes it the current one of its kind unless a higher number is. */
bool crls_publish(struct session *session, const struct crl_row *crl, struct error *err) MUST_CHECK;
bool crls_current(struct session *session, const char *ca_id, int64_t version, int64_t kind,
                  struct arena *arena, struct crl_row *out,
                  struct error *err) MUST_CHECK; /* ERR_NOT_FOUND */
/* The oldest complete CRL whose nextUpdate is after now: the base of a delta. */
bool crls_oldest_valid(struct session *session, const char *ca_id, int64_t version, time_t now,
                       struct arena *arena, struct crl_row *out, struct error *err) MUST_CHECK;
/* The thisUpdate of the newest scheduled complete CRL; 0 if none. */
bool crls_last_scheduled(struct session *session, const char *ca_id, int64_t version,
                         time_t *this_update, struct error *err) MUST_CHECK;
bool crls_read(struct session *session, const char *crl_id, int64_t position, struct buf *out,
               struct error *err) MUST_CHECK; /* one chunk, appended */
/* Chunks of CRLs replaced over an hour ago, rows of those no longer valid, orphaned chunks. */
bool crls_purge(struct session *session, time_t now, struct error *err) MUST_CHECK;

/* ---- CAs ---- */

/* Every version of every CA that may publish, tenant by tenant: for timers and start-up. */
typedef bool ca_version_fn(const struct ca_version *version, void *context, struct error *err);
bool ca_versions_each(struct session *session, struct arena *arena, ca_version_fn *each,
                      void *context, struct error *err) MUST_CHECK;
bool ca_versions_get(struct session *session, const char *ca_id, int64_t number, time_t now,
                     struct arena *arena, struct ca_version *out, struct error *err) MUST_CHECK;
/* What was active before another version is. */
bool ca_versions_retire(struct session *session, const char *ca_id, int64_t number, time_t now,
                        struct error *err) MUST_CHECK;
/* One more leaf of a staged version; ERR_CONFLICT when it is not staged or has given out max. */
bool ca_versions_count_staged(struct session *session, const char *ca_id, int64_t number,
                              int64_t max, struct error *err) MUST_CHECK;
/* A decommissioned version, its key and its lists leave; ERR_CONFLICT unless it is one. */
bool ca_versions_forget(struct session *session, const struct ca_version *version,
                        struct error *err) MUST_CHECK;
bool cas_count(struct session *session, const char *tenant_id, int64_t *out,
               struct error *err) MUST_CHECK; /* neither deleted nor internal */
bool cas_count_children(struct session *session, const char *ca_id, int64_t *out,
                        struct error *err) MUST_CHECK; /* not deleted */

/* ---- retirement: what has ended leaves, in batches of at most `max` rows ---- */

/* A certificate that has ended and whose key is ours: RA, responder, TLS. */
struct ended_office {
    const char *certificate_id;
    const char *tenant_id;
    const char *ca_id;
    const char *key_id;
    const char *subject_name;
};
bool offices_ended(struct session *session, time_t now, struct arena *arena,
                   struct ended_office *out, size_t max, size_t *count,
                   struct error *err) MUST_CHECK;
/* The row has no key from here on. ERR_CONFLICT while the certificate is in date. */
bool offices_destroy_key(struct session *session, const struct ended_office *office, time_t now,
                         struct error *err) MUST_CHECK;
bool ca_versions_destroy_key(struct session *session, const struct ca_version *version,
                             struct error *err) MUST_CHECK;

/* *count of these: how many went; fewer than max: they were the last. */
bool revocations_purge(struct session *session, const char *ca_id, time_t ended_before, size_t max,
                       int64_t *count, struct error *err) MUST_CHECK;
bool audit_purge(struct session *session, const char *tenant_id, time_t before, size_t max,
                 int64_t *count, struct error *err) MUST_CHECK;
/* A tenant with audit rows older than that; NULL: there is none. */
bool audit_find_old(struct session *session, time_t before, struct arena *arena,
                    const char **tenant_id, struct error *err) MUST_CHECK;

/* Deleted CAs of which nothing is in date any more, no key is left and no CA below is remembered.
 */
struct ended_ca {
    const char *id;
    const char *tenant_id;
    const char *subject_name;
};
bool cas_ended(struct session *session, time_t now, struct arena *arena, struct ended_ca *out,
               size_t max, size_t *count, struct error *err) MUST_CHECK;
/* Takes a part of what it issued and published; *count 0: nothing is left. */
bool cas_empty(struct session *session, const char *ca_id, size_t max, int64_t *count,
               struct error *err) MUST_CHECK;
/* Last, its own rows: the name is free. */
bool cas_forget(struct session *session, const struct ended_ca *ca, struct error *err) MUST_CHECK;

/* ---- audit ---- */

bool audit_insert(struct session *session, const struct audit_event *event,
                  struct error *err) MUST_CHECK;
