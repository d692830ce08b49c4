/*
 * migrate - numbered SQL files, forward only, under a lock, recorded in the table `migrations`.
 *
 * The files of migrations/ are compiled in, in order; four words differ per database (engine.h).
 * Errors: ERR_CONFLICT when the database was made by a newer program.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct session;

struct migration {
    const char *name; /* "0001_start"; NULL ends the table */
    const char *sql;
};

extern const struct migration migrations[]; /* generated from the files */

bool migrate(struct session *session, struct error *err) MUST_CHECK;
