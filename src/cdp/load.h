/*
 * load - documents from the database. [worker]
 */
#pragma once

#include "base/attributes.h"
#include "cdp/document.h"

#include <time.h>

struct authority;
struct error;
struct store;

/* A new document, or `known` again (with a reference more) when it is still the current one. */
struct document *document_load(struct store *store, struct authority *authority,
                               const struct document_key *key, struct document *known, time_t now,
                               struct error *err) MUST_CHECK;
