/*
 * errors - how a failure looks to a client of the API: Graph's error object.
 */
#pragma once

#include "base/error.h"

struct exchange;

/* Graph consists of services that name the same failure differently. */
enum workload { WORKLOAD_INTUNE, WORKLOAD_DIRECTORY, WORKLOAD_GENERIC, WORKLOAD_COUNT };

/* One row per code. */
struct graph_error_row {
    const char *text[WORKLOAD_COUNT];
    int directory_status; /* 0: the one of the code */
};

extern const struct graph_error_row graph_error_rows[ERR_COUNT];

/* The answer that says so. */
void errors_answer(struct exchange *exchange, const struct error *err);

/* 424, within a batch: what this request depends on has failed. */
void errors_answer_dependency(struct exchange *exchange);
