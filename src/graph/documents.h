/*
 * documents - what the API says about itself: $metadata in XML and JSON, and OpenAPI.
 *
 * Made once, from the tables. Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "graph/route.h"

#include <stdint.h>

struct documents;

enum document_format {
    DOCUMENT_METADATA_XML,
    DOCUMENT_METADATA_JSON,
    DOCUMENT_OPENAPI,
    DOCUMENT_COUNT
};

struct document {
    struct bytes body;
    const char *content_type;
    int64_t revision; /* of the content: nodes and restarts agree on it */
};

/* url: of the API, without version. */
struct documents *documents_new(const struct route *const *tables, const char *url);

struct document documents_get(const struct documents *documents, enum api_version version,
                              enum document_format format);

void documents_free(struct documents *documents);
DEFINE_SCOPED(struct documents *, documents_free)
