/*
 * service - what the API says about itself: the service document (what stands at the top, OData
 * JSON §5), $metadata and OpenAPI.
 */
#pragma once

#include "graph/route.h"

route_fn service_get, service_get_metadata, service_get_openapi;
