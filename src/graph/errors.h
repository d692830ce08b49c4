/*
 * errors - how a failure looks to a client of the API: Graph's error object.
 */
#pragma once

#include "base/error.h"

struct http_job;

/* One row per code, a column per workload of Graph: they name the same thing differently. */
struct graph_error_row {
    const char *intune; /* deviceManagement: families A and C */
};

extern const struct graph_error_row graph_error_rows[ERR_COUNT];

/* An http_error_fn; context is not used. Adds headers and answers. */
void graph_reply_error(void *context, struct http_job *job, const struct error *err);
