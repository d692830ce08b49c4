/*
 * reply - the result of a route, written as the route's reply kind says.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct request;
struct result;

/* Answers the exchange, or answers nothing and says why. */
bool reply_give(struct request *request, const struct result *result, struct error *err) MUST_CHECK;
