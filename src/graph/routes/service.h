/*
 * service - the service document: what stands at the top of the API, OData JSON §5.
 */
#pragma once

#include "graph/route.h"

route_fn service_get;
