/*
 * tls - the certificate of the HTTPS listener, var/tls.pem.
 *
 * Made on first start by the hidden internal CA, whose root is tls-root.pem, and renewed by a
 * timer. A file that somebody else put there is used and never replaced.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct error;
struct instance;

/* Makes tls.pem when it is absent, or ours and near its end; *changed says so. [desk] */
bool tls_ensure(struct instance *instance, time_t now, bool *changed, struct error *err) MUST_CHECK;
