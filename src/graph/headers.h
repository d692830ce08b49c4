/*
 * headers - what stands on every reply of the API, and what is read from every request.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct exchange;

#define HEADERS_JSON_OF(metadata)                                        \
    "application/json;odata.metadata=" metadata ";odata.streaming=true;" \
    "IEEE754Compatible=false;charset=utf-8"
#define HEADERS_JSON HEADERS_JSON_OF("minimal")

/* request-id, client-request-id, OData-Version, Cache-Control. */
void headers_add(struct exchange *exchange);

/* The same for what a cache may keep, if it asks each time. */
void headers_add_public(struct exchange *exchange);

/* WWW-Authenticate and Retry-After, where the error has them; who throttles says how long. */
void headers_add_for_error(struct exchange *exchange, const struct error *err);

/* Allow, for 405 and OPTIONS. methods: enum http_method. */
void headers_add_allow(struct exchange *exchange, unsigned methods);

/* The caller's when it is a GUID, else ours: the only text of a peer's that is echoed. */
const char *headers_client_request_id(const struct exchange *exchange);

/* Authorization's bearer token. Errors: ERR_UNAUTHENTICATED. */
const char *headers_bearer(const struct exchange *exchange, struct error *err) MUST_CHECK;

/* application/json in UTF-8. Errors: ERR_UNSUPPORTED_MEDIA. */
bool headers_check_json(const struct exchange *exchange, struct error *err) MUST_CHECK;
