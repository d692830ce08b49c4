/*
 * preview - what renewing a CA would mean for the certificates it issued: action
 * cloudpki.previewRenewal. Changes nothing.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;

enum { PREVIEW_LEAVES_MAX = 100 };

struct renewal_preview {
    int64_t version;         /* the active one */
    int64_t pending_version; /* its successor; 0: none yet */
    time_t renewable_from;   /* half of the validity */
    int64_t days_left;       /* until then, begun ones counted; 0: it may be renewed now */
    time_t not_after;        /* of the version */
    time_t last_safe;        /* a leaf issued until then is not cut to that end */
    time_t activation;       /* when the successor is taken to become active */
    int64_t outliving_count; /* leaves neither revoked nor ended at activation */
    int64_t cut_count;       /* those among them that the version's end has cut short */
    time_t latest_end;       /* of them: so long the retired version is needed; 0: none */
    struct list outliving;   /* struct leaf, at most PREVIEW_LEAVES_MAX, the latest end first */
};

/* activation 0: now. Errors: ERR_NOT_FOUND, ERR_CONFLICT for roots and a CA without a certificate.
 * [worker] */
bool ca_preview_renewal(struct authority *authority, const struct actor *actor, const char *ca_id,
                        time_t activation, time_t now, struct arena *arena,
                        struct renewal_preview *out, struct error *err) MUST_CHECK;
