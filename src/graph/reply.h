/*
 * reply - the result of a route, written as the route's reply kind says.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct request;
struct result;

/* Whether the caller reads what the route answers, before it is run. Errors: ERR_NOT_ACCEPTABLE. */
bool reply_check_accept(struct request *request, struct error *err) MUST_CHECK;

/* Answers the exchange, or answers nothing and says why. */
bool reply_give(struct request *request, const struct result *result, struct error *err) MUST_CHECK;
