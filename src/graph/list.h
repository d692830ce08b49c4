/*
 * list - a page of a collection: the query options of the request over what a handler fixes.
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"
#include "odata/entity_write.h"

#include <stdbool.h>

struct error;
struct request;
struct result;

/* query: entity and fixed columns are set; the rest comes from the request. */
bool list_read(struct request *request, struct query *query, struct result *result,
               struct error *err) MUST_CHECK;
bool list_count(struct request *request, struct query *query, struct result *result,
                struct error *err) MUST_CHECK;

/* The one row that the fixed columns name. Errors: ERR_NOT_FOUND. */
bool list_find(struct request *request, struct query *query, void *out,
               struct error *err) MUST_CHECK;

/* A link_load_fn; context: the request. */
bool list_load_link(void *context, const struct link *link, const void *owner,
                    const struct options *options, struct items *out, struct error *err) MUST_CHECK;

void query_fix(struct query *query, const char *column, struct value value);
