/*
 * pkis - the queries of trust stores that are not plain entity reads and writes (rows.h).
 *
 * Deleting marks; what is marked can be restored or purged. Every function that changes a CA
 * first touches its PKI, so that changes of one PKI follow one another.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct error;
struct session;

/* ---- PKIs: ERR_NOT_FOUND when there is none with this id in that state ---- */

bool pkis_touch(struct session *session, const char *tenant_id, const char *id, time_t now,
                struct error *err) MUST_CHECK;
bool pkis_rename(struct session *session, const char *tenant_id, const char *id, const char *name,
                 time_t now, struct error *err) MUST_CHECK;
/* Of a deleted one too: its upload may end later. */
bool pkis_set_status(struct session *session, const char *tenant_id, const char *id,
                     const char *status, const char *details, time_t now,
                     struct error *err) MUST_CHECK;
/* With the CAs that are in it then; those come back with it. */
bool pkis_delete(struct session *session, const char *tenant_id, const char *id, time_t now,
                 struct error *err) MUST_CHECK;
bool pkis_restore(struct session *session, const char *tenant_id, const char *id, time_t now,
                  struct error *err) MUST_CHECK;
bool pkis_purge(struct session *session, const char *tenant_id, const char *id,
                struct error *err) MUST_CHECK;

/* ---- CAs ---- */

bool trusted_cas_delete(struct session *session, const char *tenant_id, const char *pki_id,
                        const char *id, time_t now, struct error *err) MUST_CHECK;
bool trusted_cas_restore(struct session *session, const char *tenant_id, const char *id,
                         struct error *err) MUST_CHECK;
bool trusted_cas_purge(struct session *session, const char *tenant_id, const char *id,
                       struct error *err) MUST_CHECK;

/* Whether the PKI holds this certificate; *by_upload: this upload brought it. */
bool trusted_cas_has(struct session *session, const char *pki_id, const char *thumbprint,
                     const char *upload_id, bool *has, bool *by_upload,
                     struct error *err) MUST_CHECK;

/* Those deleted before: at most `most` ids, of all tenants; for the timer. */
struct deleted_item {
    const char *tenant_id;
    const char *id;
};
bool pkis_ended(struct session *session, time_t before, size_t most, struct arena *arena,
                struct deleted_item *out, size_t *count, struct error *err) MUST_CHECK;
bool trusted_cas_ended(struct session *session, time_t before, size_t most, struct arena *arena,
                       struct deleted_item *out, size_t *count, struct error *err) MUST_CHECK;

/* ---- uploads that have not ended ---- */

struct upload_row {
    const char *id;
    const char *tenant_id;
    const char *pki_id;
    const char *url;
    struct bytes sha256;
    const char *actor;
    const char *request_id; /* NULL outside requests */
    time_t created_at;
};

/* ERR_CONFLICT while another runs in this PKI. */
bool uploads_insert(struct session *session, const struct upload_row *upload,
                    struct error *err) MUST_CHECK;
/* The oldest that nobody holds is the holder's until then. */
bool uploads_take(struct session *session, const char *holder, time_t now, time_t until,
                  struct arena *arena, struct upload_row *out, bool *found,
                  struct error *err) MUST_CHECK;
/* Prolongs, or gives back with 0; ERR_CONFLICT when it is another's by now. */
bool uploads_hold(struct session *session, const char *id, const char *holder, time_t until,
                  struct error *err) MUST_CHECK;
bool uploads_end(struct session *session, const char *id, const char *holder,
                 struct error *err) MUST_CHECK; /* likewise */
/* Whoever held them is gone. */
bool uploads_free_all(struct session *session, struct error *err) MUST_CHECK;
