/*
 * graph - the admin REST API: Graph-compatible OData over JSON; shared contract in docs/graph.md.
 *
 * A graph borrows everything it is given and keeps no state between requests. HTTPS only. Reads
 * run on a worker, changes on the desk. Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "http/server.h"

#include <stdint.h>

struct auth;
struct authority;
struct graph;
struct inspection;
struct metrics;
struct provider;
struct store;
struct trust;
struct urls;

struct graph_options {
    struct authority *authority;
    struct trust *trust;
    struct auth *auth;
    struct provider *provider;
    struct inspection *inspection;
    struct store *store;
    struct metrics *metrics;
    const struct urls *urls;
    const char *cors_origins;    /* see graph/cors.h; borrowed for the graph's life */
    const char *node;            /* what this server is called in x-ms-ags-diagnostic */
    int64_t requests_per_minute; /* of one caller; 0: any number */
};

struct graph *graph_new(const struct graph_options *options);
struct http_front graph_front(struct graph *graph);
void graph_free(struct graph *graph); /* NULL is fine */
DEFINE_SCOPED(struct graph *, graph_free)
