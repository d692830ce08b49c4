/*
 * versions - the keys that a CA had, has and is about to have; api.md, CA version.
 *
 *     ca_renew -> staged -> ca_activate -> active -> the next one's ca_activate -> retired
 *
 * Under an external root a new version is signingPending first, until ca_upload. A staged version
 * issues STAGED_LEAVES_MAX certificates from an address of its own; unless it is activated within
 * STAGED_DAYS it is decommissioned, and gone DECOMMISSIONED_DAYS later. A retired one issues
 * nothing more, but its lists, its OCSP responder and its RA certificates live on.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct authority;
struct ca;
struct ca_version;
struct error;
struct issuer;

enum { STAGED_LEAVES_MAX = 50, STAGED_DAYS = 90, DECOMMISSIONED_DAYS = 30 };

/* From when on a version may be renewed: half of its validity. */
time_t version_renewable_from(time_t not_before, time_t not_after);

/* "Name (V2.0)": a former suffix is replaced. In the arena. */
const char *version_display_name(const char *display_name, int64_t number, struct arena *arena);

/* It waits for activation from now on. */
void version_stage(struct ca_version *version, time_t now);

/* What nobody activated ends, and what ended long ago is forgotten: a step of retire.h. [desk] */
bool versions_retire(struct authority *authority, time_t now, struct error *err) MUST_CHECK;
