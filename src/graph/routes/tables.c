#include "graph/routes/tables.h"

#include <stddef.h>

const struct route *const graph_tables[] = { ca_routes, application_routes, service_routes, NULL };
