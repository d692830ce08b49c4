/*
 * revoke_version - what ends with a CA version: its certificate among its parent's, and its RA;
 * pki-rules §7. For the writes of revoke_ca.c and decommission.c.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct change;
struct error;
struct session;

bool reason_is_compromise(int64_t reason);

/* An external issuer must list it himself. version 0: the RA certificates of all versions. */
bool revoke_version(struct session *session, const struct change *change, int64_t reason,
                    int64_t version, struct error *err) MUST_CHECK;

/* After it was written, or may have been: the lists of the CA and its parent follow. */
void revoke_version_tell(struct authority *authority, const char *tenant_id, const char *ca_id,
                         time_t now);
