/*
 * timers - one thread that sends what is due to the desk; one node at a time, by a lease.
 */
#pragma once

#include "base/attributes.h"
#include "base/timer.h"

struct instance;
struct timers;

struct timer_table {
    const struct timer_row *rows;
    void *context;
};

/* tables ends with NULL rows. Everything is due once at start. */
struct timers *timers_start(struct instance *instance, const struct timer_table *tables);
void timers_stop(struct timers *timers); /* waits for the row that runs */
DEFINE_SCOPED(struct timers *, timers_stop)
