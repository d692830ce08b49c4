/*
 * request - one request of the API on its way: what was asked, by whom, and the result.
 *
 * Lives in the job's arena and goes with the job from thread to thread; one thread at a time
 * has it. graph.c makes it, a route's handler fills the result, reply.c writes it.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"
#include "ca/authority.h"
#include "graph/accept.h"
#include "graph/prefer.h"
#include "graph/route.h"
#include "model/urls.h"
#include "odata/entity_write.h"
#include "odata/options.h"
#include "odata/skip_token.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct buckets;
struct documents;
struct exchange;
struct inspection;
struct metric;
struct provider;
struct request;
struct result;
struct session;
struct store;
struct trust;

/* A change that loses a race against another one begins again, so often at most. */
enum { CHANGE_ATTEMPTS = 3 };

struct graph {
    struct authority *authority;
    struct trust *trust;
    struct auth *auth;
    struct provider *provider;
    struct inspection *inspection;
    struct store *store;
    struct urls urls;
    struct skip_token_key skip_token_key;
    struct buckets *budget; /* of requests, per caller; NULL: none */
    struct documents *documents;
    struct metric **requests; /* one per row of graph_tables */
    const char *cors_origins; /* "": none */
    char *diagnostic;         /* x-ms-ags-diagnostic: which node answers */
};

/* Takes an answer that came later, on another thread. */
typedef void request_finish_fn(struct request *request, const struct result *result,
                               const struct error *err);

struct request {
    struct graph *graph;
    struct exchange *exchange;
    struct arena *arena;
    time_t now;
    struct target target;
    struct caller caller;
    struct options options;
    json_t *body;            /* NULL without; freed by request_close */
    struct session *session; /* NULL until asked for; freed by request_close */
    enum metadata metadata;  /* Accept: odata.metadata */
    struct preferences preferences;
    bool reveal_enum_members;  /* Prefer: include-unknown-enum-members */
    request_finish_fn *finish; /* NULL: whoever runs this waits for the answer */
    void *finish_context;
};

struct result {
    struct items items;          /* of the entity */
    const struct entity *entity; /* NULL: the route's */
    bool tells_type;             /* @odata.type, of each */
    bool has_total;
    int64_t total;
    const char *skip_token;   /* more is there, behind this place */
    const char *location_id;  /* REPLY_CREATED: the new one's id */
    bool is_later;            /* nothing here: request->finish gets it */
    const char *notice;       /* what is left for the caller to do; NULL: nothing */
    struct buf *document;     /* REPLY_DOCUMENT: the whole reply; owned */
    const char *content_type; /* of document; NULL: JSON */
    int64_t revision;         /* of document, which a cache may keep; 0: none may */
};

/* In the exchange's arena; request_close when it is answered. */
struct request *request_new(struct graph *graph, struct exchange *exchange, time_t now);

/* A session to read with, opened once per request. */
struct session *request_session(struct request *request, struct error *err) MUST_CHECK;

/* Gives the session back early: what comes next waits for keys or commits. */
void request_end_session(struct request *request);

struct actor request_actor(const struct request *request);

/* The body as the route's body entity: parameters of an action, or the entity to create. */
bool request_read_body(struct request *request, void *object, struct error *err) MUST_CHECK;

/* If-Match against the revision of what the path names; fine without the header. Errors:
 * ERR_PRECONDITION, ERR_MALFORMED. */
bool request_check_match(const struct request *request, int64_t revision,
                         struct error *err) MUST_CHECK;
bool request_has_match(const struct request *request);
/* The revision that a change must find: the one that If-Match was held against, 0 for any. */
int64_t request_revision(const struct request *request, int64_t revision);

void request_close(struct request *request);
