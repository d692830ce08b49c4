/*
 * device - the certificate of a device leaf: who may issue it, and how it is made.
 */
#pragma once

#include "base/attributes.h"
#include "model/leaf.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct authority;
struct csr;
struct error;
struct grant;
struct issuer;
struct session;

/* ERR_CONFLICT unless the version is active or staged, of an issuing CA, and has a day left. The
 * write that stores the certificate decides again. */
bool device_may_issue(const struct issuer *issuer, time_t now, struct error *err) MUST_CHECK;

/* Policy, then signature. detail is for the audit row. */
bool device_mint(const struct authority *authority, const struct issuer *issuer,
                 const struct grant *grant, const struct csr *csr, time_t now, struct arena *arena,
                 struct leaf *out, const char **detail, struct error *err) MUST_CHECK;

/* For a write's run(): while the version may still issue, and a staged one has some left. */
bool device_insert(struct session *session, const struct issuer *issuer, const struct leaf *leaf,
                   struct error *err) MUST_CHECK;

/* The last moment at which a leaf of the usual validity may be issued and ends by then. */
time_t device_last_start(const struct authority *authority, time_t end);
