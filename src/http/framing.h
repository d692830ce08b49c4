/*
 * framing - what evhttp lets through although RFC 9112 does not: §3.2, §5.1, §6.
 *
 * evhttp takes a request without Host, differing or signed Content-Length fields, names with
 * blanks before the colon, and Transfer-Encoding beside Content-Length. Behind a proxy each of
 * these can make two parties see different requests, so they are refused and the connection
 * ends.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct evhttp_request;

/* Says too whether the connection must close after the reply. Errors: ERR_MALFORMED,
 * ERR_NOT_SUPPORTED for a transfer coding. */
bool framing_check(struct evhttp_request *request, bool *closes, struct error *err) MUST_CHECK;

/* Where the path begins in a raw target: itself for "/…", behind the authority for
 * "http://host/…", NULL for anything else; "" when an absolute target has no path. */
const char *framing_path(const char *target);
