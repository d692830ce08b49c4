/*
 * usage - extended key usages as sets of OIDs: what a CA may give and what a device gets.
 *
 * A set of a CA that is empty is unrestricted, RFC 5280 §4.2.1.12.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/extension.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

/* pki-rules §2: OCSPSigning, which would make a responder for the whole CA,
 * anyExtendedKeyUsage and 1.3.6.1.4.1.311.20.2.1 stand in no certificate we issue on demand. */
bool usage_is_forbidden(struct bytes oid);

/* From dotted texts; ERR_INVALID names the one that is no OID. */
bool usages_from_texts(const char *const *texts, size_t count, struct arena *arena,
                       struct oids *out, struct error *err) MUST_CHECK;

/* What both have; an unrestricted set has everything. */
struct oids usages_common(const struct oids *wanted, const struct oids *allowed,
                          struct arena *arena);
bool usages_equal(const struct oids *a, const struct oids *b);
