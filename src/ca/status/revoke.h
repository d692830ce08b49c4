/*
 * revoke - a leaf certificate is no longer to be trusted; RFC 5280 §5.3.1.
 *
 * certificateHold may be undone: removeFromCRL releases it, any other reason makes it final at the
 * date of the hold (X.509 §9.5.3.1). Every other revocation is final.
 * The mark, the revocation row and the audit row are one transaction; publish.h then puts it on
 * the lists within seconds and OCSP answers from the next question on. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/leaf.h"
#include "x509/reason.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;

/* ERR_NOT_FOUND unless the leaf belongs to this CA and tenant; ERR_CONFLICT when it is revoked
 * already (the first date stays), expired, or to be released and not on hold. out is the leaf after
 * it. */
bool ca_revoke_leaf(struct authority *authority, const struct actor *actor, const char *ca_id,
                    const char *leaf_id, enum reason reason, time_t now, struct arena *arena,
                    struct leaf *out, struct error *err) MUST_CHECK;
bool ca_revoke_serial(struct authority *authority, const struct actor *actor, const char *ca_id,
                      struct bytes serial, enum reason reason, time_t now, struct arena *arena,
                      struct leaf *out, struct error *err) MUST_CHECK;
