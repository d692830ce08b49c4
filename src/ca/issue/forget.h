/*
 * forget - an expired leaf certificate leaves the records; pki-rules §7.
 *
 * Nobody asks for its status any more. What is in date stays, whoever wants it gone: relying
 * parties may still ask. A revocation stays for the lists until it has stood on one after the
 * end (RFC 5280 §3.3). [desk]
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct authority;
struct error;
struct leaf;

/* leaf: as read. Errors: ERR_CONFLICT while it is in date. */
bool ca_forget_leaf(struct authority *authority, const struct actor *actor, const struct leaf *leaf,
                    time_t now, struct error *err) MUST_CHECK;
