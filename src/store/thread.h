/*
 * thread - the store's own threads: signals blocked, waits on the monotonic clock.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

typedef void *thread_run_fn(void *context);

void thread_start(pthread_t *id, thread_run_fn *run, void *context); /* or the process ends */
void thread_cond_init(pthread_cond_t *cond);

/* Until times_monotonic_ms() reaches until_ms, or a wake-up; the caller looks again. */
void thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms);
