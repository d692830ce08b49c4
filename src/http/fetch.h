/*
 * fetch - one outgoing HTTP or HTTPS request, for what others publish: JWKS, bundles, lists.
 *
 * What may be reached is narrow: the host must stand in the caller's list; its addresses must not
 * be loopback, link-local or private unless the list names the address itself (or "localhost");
 * the address checked is the one connected to. A redirect is followed only to a host of the list,
 * three times at most. Sizes and times are capped, HTTPS certificates are verified. Waits, so it
 * runs on the desk or a thread of its own. Errors: ERR_INVALID for a URL that may not be
 * fetched, ERR_TOO_LARGE, ERR_BUSY for what the other side or the way to it does.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct error;

struct fetch_limits {
    const char *const *hosts; /* names, "*.example.com", or addresses; ends with NULL */
    size_t octets_max;        /* of the body */
    int timeout_ms;           /* for all of it */
    const char *ca_file;      /* PEM of additional roots; NULL: the system's */
    const atomic_bool *stop;  /* set from elsewhere, it ends the request; NULL: nothing does */
};

struct fetch_answer {
    int status;       /* of HTTP */
    int max_age_s;    /* Cache-Control, 0 without */
    struct buf *body; /* owned */
};

/* A status other than 200 is an answer, not an error. */
bool fetch_get(const char *url, const struct fetch_limits *limits, struct fetch_answer *out,
               struct error *err) MUST_CHECK;

/* Whether the URL's scheme, host and form would be let through, without connecting. */
bool fetch_check_url(const char *url, const char *const *hosts, struct error *err) MUST_CHECK;

void fetch_answer_clear(struct fetch_answer *answer);
