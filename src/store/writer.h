/*
 * writer - the one thread that writes: it takes all that queued while the last commit ran.
 *
 * Owns its session. done() runs on the workers, or on this thread when there are none.
 */
#pragma once

#include "base/attributes.h"
#include "store/store.h"

#include <stdbool.h>

struct error;
struct session;
struct writer;

/* Takes the session over. */
struct writer *writer_start(struct session *session, const struct store_options *options);
bool writer_submit(struct writer *writer, const struct write *write, struct error *err) MUST_CHECK;

/* done() runs on the writer's thread: for who waits there and then. */
bool writer_submit_waited(struct writer *writer, const struct write *write,
                          struct error *err) MUST_CHECK;

/* Commits what is queued and joins the thread; from here on every write is refused. */
void writer_stop(struct writer *writer);
void writer_free(struct writer *writer); /* stopped before or not */
DEFINE_SCOPED(struct writer *, writer_free)
