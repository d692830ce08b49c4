/*
 * health - /healthz (the process), /readyz (database and keys answer), /metrics.
 */
#pragma once

#include "http/server.h"

struct instance;

struct http_front health_front(struct instance *instance);
