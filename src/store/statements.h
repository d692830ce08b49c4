/*
 * statements - every statement and every entity of store/, prepared and checked at start-up.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"
#include "store/statement.h"

#include <stdbool.h>

struct error;
struct session;

extern const struct entity *const stored_entities[]; /* ends with NULL */

/* Prepares each on this connection. ERR_INTERNAL names the first one that is wrong. */
bool statements_check(struct session *session, struct error *err) MUST_CHECK;

/* One of them: parameters exactly as declared, and a text that the database takes. */
bool statement_check(struct session *session, const struct statement *statement,
                     struct error *err) MUST_CHECK;

/* The tables of the files. */
extern const struct statement *const audit_statements[];
extern const struct statement *const ca_statements[];
extern const struct statement *const caller_statements[];
extern const struct statement *const certificate_statements[];
extern const struct statement *const challenge_statements[];
extern const struct statement *const crl_statements[];
extern const struct statement *const directory_statements[];
extern const struct statement *const enrolment_statements[];
extern const struct statement *const inspection_statements[];
extern const struct statement *const key_statements[];
extern const struct statement *const pki_statements[];
extern const struct statement *const retirement_statements[];
extern const struct statement *const revocation_statements[];
extern const struct statement *const setting_statements[];
extern const struct statement *const store_statements[];
