/*
 * reply - the result of a route, written as the route's reply kind says.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct json_writer;
struct request;
struct result;

/* Whether the caller reads what the route answers, before it is run. Errors: ERR_NOT_ACCEPTABLE. */
bool reply_check_accept(struct request *request, struct error *err) MUST_CHECK;

/* Answers the exchange, or answers nothing and says why. */
bool reply_give(struct request *request, const struct result *result, struct error *err) MUST_CHECK;

/* The member "@odata.context" where the caller wants one. of: what stands behind the '#', NULL:
 * nothing does. */
void reply_write_context(struct json_writer *writer, const struct request *request, const char *of);
