/*
 * destination - where an outgoing request may go: hosts of a list, addresses that are public.
 *
 * A host is judged as it stands in the URL, an address as it is connected to. libcurl reads the
 * URL both here and when it connects, so that the two never differ on what the host is.
 * Errors: ERR_INVALID.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct sockaddr;

enum { DESTINATION_URL_OCTETS_MAX = 2048 };

struct destination {
    const char *url; /* as libcurl writes it */
    const char *host;
    bool is_tls;
};

/* A URL of http or https without credentials, on a port that HTTP uses, whose host is written
 * plainly and stands in hosts (fetch.h). Texts live in the arena. */
bool destination_parse(const char *url, const char *const *hosts, struct arena *arena,
                       struct destination *out, struct error *err) MUST_CHECK;

/* Public, or named in hosts itself, or loopback where host is the "localhost" that hosts names. */
bool destination_admits(const struct sockaddr *address, const char *host, const char *const *hosts);
