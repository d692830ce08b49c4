/*
 * timer - work done again and again; rows that a layer exports and server/ runs.
 *
 * A row's run() happens on one node at a time (the holder of the lease), on a thread that may
 * wait. It does what is due at `now` and returns; a failure is logged and tried again next time.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

struct error;

struct timer_row {
    const char *name; /* "crl.publish"; NULL ends a table */
    int period_s;
    bool (*run)(void *context, time_t now, struct error *err);
};
