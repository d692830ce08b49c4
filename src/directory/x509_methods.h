/*
 * x509_methods - how certificates are used to sign in, read and changed; one per tenant, which has
 * the defaults until it changes something and again when that is deleted.
 *
 * Every change is audited. Errors: ERR_INVALID naming the member, ERR_PRECONDITION when another
 * changed it meanwhile.
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/x509_method.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct session;
struct store;

bool x509_method_get(struct session *session, const char *tenant_id, time_t now,
                     struct arena *arena, struct x509_method *out, struct error *err) MUST_CHECK;

/* wish: the stored one with changes; what has not changed shares its lists. [desk] */
bool x509_method_change(struct store *store, const struct actor *actor,
                        const struct x509_method *stored, const struct x509_method *wish,
                        time_t now, struct arena *arena, struct x509_method *out,
                        struct error *err) MUST_CHECK;

/* Back to the defaults. [desk] */
bool x509_method_reset(struct store *store, const struct actor *actor,
                       const struct x509_method *stored, time_t now, struct error *err) MUST_CHECK;
