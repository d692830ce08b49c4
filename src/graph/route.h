/*
 * route - the operations of the API as rows, and the path of a request matched against them.
 *
 * A path is compared segment by segment without regard to case, after percent-decoding. `{ca}`
 * takes an id; `name('id')` is the same as `name/id`; the last segment of an action may carry
 * its namespace, `microsoft.graph.`. Reading a row says who may do what, where it runs, what it
 * takes and what it answers; later families are more rows.
 */
#pragma once

#include "base/attributes.h"
#include "graph/access.h"
#include "http/server.h"

#include <stdbool.h>

struct arena;
struct entity;
struct error;
struct request;
struct result;

enum api_version { API_BETA = 1 << 0, API_V1 = 1 << 1 };

enum reply_kind {
    REPLY_ENTITY,     /* 200 */
    REPLY_CREATED,    /* 201 with Location */
    REPLY_COLLECTION, /* 200 {"value": […]} */
    REPLY_COUNT,      /* 200 text/plain */
    REPLY_NOTHING,    /* 204 */
    REPLY_DOCUMENT,   /* 200, what the handler writes itself */
    REPLY_KIND_COUNT
};

enum route_id {
    ID_CA,
    ID_VERSION,
    ID_LEAF,
    ID_APPLICATION,
    ID_PKI,
    ID_TRUSTED_CA,
    ID_ITEM,
    ID_SUBSCRIPTION,
    ID_INSPECTION_CA,
    ID_TLS_POLICY,
    ID_TLS_RULE,
    ID_ORGANIZATION,
    ID_CONFIGURATION,
    ID_USER,
    ID_GROUP,
    ID_EVENT,
    ID_COUNT
};

enum { PATH_SEGMENTS_MAX = 8, PATH_OCTETS_MAX = 2048 };

/* Does the work and fills result; never writes a reply. */
typedef bool route_fn(struct request *request, struct result *result, struct error *err);

struct route {
    const char *name;  /* in metrics; NULL ends a table */
    unsigned versions; /* enum api_version */
    enum http_method method;
    const char *path; /* below the version */
    enum access access;
    enum http_place place;
    enum reply_kind reply;
    const struct entity
        *entity;               /* what it answers with, or lists; NULL: no entity, but documents */
    const struct entity *body; /* what it takes: an entity or parameters; NULL: nothing */
    unsigned options;          /* OPTION_…: the query options it takes */
    route_fn *run;
};

/* One table per family, in the order they are searched; ends with NULL (graph/routes/). */
extern const struct route *const graph_tables[];

/* What a request is about. */
struct target {
    const struct route *route;
    size_t number; /* of the route, see route_number */
    enum api_version version;
    const char *ids[ID_COUNT]; /* lower case; NULL where the path has none */
    unsigned allowed;          /* methods of all rows with this path, and OPTIONS: for Allow */
};

/* path: raw, version included, without query. Errors: ERR_NOT_FOUND, ERR_METHOD_NOT_ALLOWED (then
 * allowed is set), ERR_MALFORMED. */
bool route_find(const struct route *const *tables, enum http_method method, const char *path,
                struct arena *arena, struct target *out, struct error *err) MUST_CHECK;

/* The row of this name, which must be there: an action that is a tunnel for GET becomes it. */
const struct route *route_named(const struct route *const *tables, const char *name);

const char *route_version_text(enum api_version version); /* "beta" */

/* Rows of all tables are numbered through, from 0. */
size_t route_number(const struct route *const *tables, const struct route *route);

/* "deviceManagement/cloudCertificationAuthority('…')/versions" for @odata.context: the set, without
 * the key of the last one in it. */
void route_context(const struct target *target, struct buf *out);

/* "/beta/deviceManagement/cloudCertificationAuthority/…/versions". */
void route_path(const struct target *target, struct buf *out);
