/*
 * handle - a request from its path to its answer, in two steps that may run on two threads.
 *
 * Whoever calls answers an error once: graph.c over HTTP, a batch within its reply.
 */
#pragma once

#include "base/attributes.h"

#include "graph/request.h"

#include <stdbool.h>

struct error;

/* Finds route, caller, budget and rights; reads query options and body. [worker] */
bool handle_open(struct request *request, struct error *err) MUST_CHECK;

/* Lets the route's handler make a result and writes it into the exchange. Where the route's place
 * says. */
bool handle_run(struct request *request, struct error *err) MUST_CHECK;

/* The same, but what comes later is not waited for: then *is_later, nothing is in the exchange yet,
 * and finish has the request. */
bool handle_start(struct request *request, request_finish_fn *finish, void *context, bool *is_later,
                  struct error *err) MUST_CHECK;
