/*
 * scep - Simple Certificate Enrolment Protocol, RFC 8894: the front; pki-rules §3, §4.
 *
 * Routes /scep/{ca} (also with /pkiclient.exe or /cgi-bin/pkiclient.exe behind it) on both
 * listeners. Decodes, asks auth/ and ca/, encodes; keeps no state of its own but counters.
 * Borrows what it is given; thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "http/server.h"

struct auth;
struct authority;
struct metrics;
struct scep;
struct store;

struct scep *scep_new(struct authority *authority, struct auth *auth, struct store *store,
                      struct metrics *metrics);
void scep_free(struct scep *scep);
DEFINE_SCOPED(struct scep *, scep_free)

struct http_front scep_front(struct scep *scep);
