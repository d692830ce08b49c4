/*
 * batch - several requests in one body: OData JSON 4.01 §19, in the form that Graph gives it.
 *
 * What is read here comes from a peer; nothing of it has been done yet. A fault of the batch as a
 * whole (too many, ids twice, dependencies that are unknown or go in a circle) is an error; one
 * of a single request shows when that is run. Texts live in the arena, bodies in the JSON.
 * Errors: ERR_INVALID, naming the request.
 */
#pragma once

#include "base/attributes.h"
#include "graph/exchange.h"
#include "http/server.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum { BATCH_ITEMS_MAX = 20, BATCH_HEADERS_MAX = 32, BATCH_ID_OCTETS_MAX = 256 };

struct batch_item {
    const char *id;
    enum http_method method;
    const char *path;  /* raw, version included */
    const char *query; /* raw, NULL without */
    const struct header *headers;
    json_t *body;   /* borrowed; NULL without */
    uint32_t needs; /* bit n: the n-th item must have succeeded */
};

struct batch {
    struct batch_item items[BATCH_ITEMS_MAX];
    size_t count;
    size_t order[BATCH_ITEMS_MAX]; /* as given, but behind what they need */
};

/* version: "beta"; every URL is below it, whether or not it begins with a slash. */
bool batch_read(const json_t *json, const char *version, struct arena *arena, struct batch *out,
                struct error *err) MUST_CHECK;
