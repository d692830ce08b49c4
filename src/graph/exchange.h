/*
 * exchange - one question to the API and its answer, whether it came alone over HTTP or as an
 * item of a batch.
 *
 * Texts live in the job's arena; the reply is owned, exchange_clear frees it. Header names
 * compare without case. Nothing of a peer's goes into a header of the answer raw.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "http/server.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { EXCHANGE_HEADERS_MAX = 24 };

struct header {
    const char *name;
    const char *value;
};

struct exchange {
    enum http_method method;
    const char *path;  /* raw, version included */
    const char *query; /* raw, NULL without */
    struct bytes body;
    json_t *json;   /* the body when it was read already; borrowed, NULL otherwise */
    const char *id; /* our request-id, a UUID */
    struct arena *arena;
    const struct http_job *job; /* whose headers were sent; NULL: `sent` has them */
    const struct header *sent;  /* ends with a NULL name */

    int status;
    const char *content_type; /* NULL without a body */
    struct buf *reply;
    bool is_secret; /* the reply: then it is not compressed */
    struct header headers[EXCHANGE_HEADERS_MAX];
    size_t header_count;
};

struct exchange exchange_of_job(struct http_job *job);

/* What was sent under this name, NULL without. */
const char *exchange_header(const struct exchange *exchange, const char *name);

/* Both texts are borrowed: literals, or of the arena. */
void exchange_add_header(struct exchange *exchange, const char *name, const char *value);

/* reply is taken over. */
void exchange_answer(struct exchange *exchange, int status, const char *content_type,
                     struct buf *reply);

/* Answers the job; exchange is cleared. */
void exchange_send(struct exchange *exchange, struct http_job *job);

void exchange_clear(struct exchange *exchange);
