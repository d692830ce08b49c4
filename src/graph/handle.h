/*
 * handle - a request from its path to its answer, in two steps that may run on two threads.
 *
 * Whoever calls answers an error once: graph.c over HTTP, a batch within its reply.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct request;

/* Finds route, caller and rights; reads query options and body. [worker] */
bool handle_open(struct request *request, struct error *err) MUST_CHECK;

/* Lets the route's handler make a result and writes it into the exchange. Where the route's place
 * says. */
bool handle_run(struct request *request, struct error *err) MUST_CHECK;
