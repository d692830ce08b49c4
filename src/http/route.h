/*
 * route - patterns of paths, compiled once, matched against raw paths; RFC 3986 §3.3.
 *
 * A router owns the compiled form of every front's routes and one histogram per route. A match
 * decodes each segment by itself, so that %2F never makes a new segment; '+' stays '+'. Paths
 * with "." or ".." segments, bad escapes or %00 are refused before any route is tried.
 * Errors: ERR_MALFORMED, ERR_NOT_FOUND, ERR_METHOD_NOT_ALLOWED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct metric;
struct metrics;
struct route_segment;
struct router;

enum {
    ROUTE_PARAMETERS_MAX = 8,
    ROUTE_TEXT_OCTETS_MAX = 1024,
    HTTP_STATUS_MIN = 100,
    HTTP_STATUS_MAX = 599
};

/* A route as the router keeps it. */
struct route_entry {
    const struct http_route *route;
    const struct http_front *front;
    const struct route_segment *segments;
    size_t segment_count;
    bool takes_rest;        /* the last segment is "*" */
    const char *front_name; /* the route's name up to its first '.' */
    struct metric *duration;
    struct metric *_Atomic *requests; /* by status, of the whole front */
};

struct route_parameter {
    const char *name;
    const char *text; /* in the match's own text, or in the path for "*" */
};

struct route_match {
    const struct route_entry *entry; /* also set for an error that a front owns */
    unsigned allowed;                /* the methods of all routes that fit the path */
    size_t count;
    struct route_parameter parameters[ROUTE_PARAMETERS_MAX];
    size_t text_len;
    char text[ROUTE_TEXT_OCTETS_MAX];
};

/* fronts outlives the router. Errors: ERR_INVALID for a pattern that cannot be. */
struct router *router_new(const struct http_front *const *fronts, struct metrics *metrics,
                          struct error *err) MUST_CHECK;

/* The first route that fits. path is raw, without query, and outlives the match. Only the
 * members before text are set. */
bool router_match(const struct router *router, enum http_listener listener, enum http_method method,
                  const char *path, struct route_match *match, struct error *err) MUST_CHECK;

const char *route_match_find(const struct route_match *match, const char *name);

void router_free(struct router *router);
DEFINE_SCOPED(struct router *, router_free)
