/*
 * serve - everything wired together, until SIGINT or SIGTERM.
 *
 * Stops gracefully: listeners close, requests in flight finish, queued writes commit. A second
 * signal ends the process at once. SIGHUP reads tls.pem again.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct config;
struct error;

bool serve(const struct config *config, struct error *err) MUST_CHECK;
