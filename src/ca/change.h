/*
 * change - one change of a CA's rows with its audit row, in one write; for lifecycle's files.
 *
 * The step looks at the rows as they are, refuses or alters them; what it altered is written if
 * the CA's revision is still the one it saw, else all of it is done again.
 */
#pragma once

#include "base/attributes.h"
#include "model/ca.h"
#include "store/rows.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;
struct session;

struct change {
    struct ca ca;
    struct ca_version version; /* id NULL: the CA has none */
    bool version_is_changed;
    const char *detail; /* for the audit row */
    time_t now;
    struct arena *arena;
};

struct change_request {
    const struct actor *actor;
    const char *ca_id;
    int64_t version;    /* 0: the active one, or the first while it is pending */
    bool means_pending; /* 0: the one that is pending */
    int64_t revision;   /* 0: whatever it is */
    const char *activity;
    bool (*step)(struct change *change, void *context, struct error *err);
    /* Runs in the write, after the rows; may run more than once. NULL: nothing more. */
    bool (*also)(struct session *session, const struct change *change, void *context,
                 struct error *err);
    void *context;
};

/* out is the row after it; NULL when nobody asks. Caches forget the CA. */
bool change_ca(struct authority *authority, const struct change_request *request, time_t now,
               struct arena *arena, struct ca *out, struct error *err) MUST_CHECK;

/* What a version that has just got its certificate needs: RA, responder, first CRLs. What fails
 * here is made up for by the timers, so the CA is there all the same. */
void change_start(struct authority *authority, const char *tenant_id, const char *ca_id,
                  int64_t version, time_t now);

/* "active", as the API says it. */
const char *change_status_text(const struct ca *ca);
