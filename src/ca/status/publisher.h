/*
 * publisher - what publishing remembers between two calls: inside ca/ only.
 *
 * Which CAs were asked for and when they are due, who publishes right now, who wants to hear of
 * revocations, and the revocation epoch. A restart forgets it all: publish_due then looks for
 * revocations that no list shows.
 */
#pragma once

#include "base/attributes.h"
#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;
struct publisher;
struct session;

/* One publication of a CA at a time: a list that read an older state may not get the higher
 * number. Waits. */
void publisher_enter(struct publisher *publisher, const char *ca_id);
void publisher_leave(struct publisher *publisher, const char *ca_id);

/* Publish this CA at due_at, unless it is asked for earlier. */
void publisher_ask_at(struct publisher *publisher, const char *ca_id, time_t due_at);

/* Takes the next CA that is due at now; what was asked for without a time becomes due delay_s
 * after it is first seen here, the second of the timer counted in. */
bool publisher_take(struct publisher *publisher, time_t now, int delay_s,
                    char ca_id[UUID_TEXT_OCTETS]);

/* true once, for the first look after a start. */
bool publisher_is_new(struct publisher *publisher);

/* An entry stays until it stood on one scheduled complete list made after its end (RFC 5280 §3.3):
 * what ended before *out stands on no list of this version to come. */
bool publish_ends_from(struct session *session, const char *ca_id, int64_t version, time_t *out,
                       struct error *err) MUST_CHECK;

/* The age of the oldest list served becomes a metric, if the authority has any. */
void publisher_measure(struct authority *authority);
