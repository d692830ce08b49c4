#include "graph/routes/batches.h"
#include "graph/routes/service.h"
#include "graph/routes/tables.h"
#include "odata/options.h"

/* What belongs to no family. Rows without an entity read and write documents of their own. */

#define TOP      ""
#define METADATA "$metadata"
#define OPENAPI  "openapi.json"
#define BATCH    "$batch"
#define OPEN     ACCESS_OPEN
#define CALLER   ACCESS_CALLER
#define BOTH     (API_BETA | API_V1)

const struct route service_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "service.get",      BOTH, HTTP_GET,  TOP,      OPEN,   ON_WORKER, REPLY_DOCUMENT, NULL, NULL, 0,             service_get },
    { "service.metadata", BOTH, HTTP_GET,  METADATA, OPEN,   ON_WORKER, REPLY_DOCUMENT, NULL, NULL, OPTION_FORMAT, service_get_metadata },
    { "service.openapi",  BOTH, HTTP_GET,  OPENAPI,  OPEN,   ON_WORKER, REPLY_DOCUMENT, NULL, NULL, 0,             service_get_openapi },
    { "batch",            BOTH, HTTP_POST, BATCH,    CALLER, ON_DESK,   REPLY_DOCUMENT, NULL, NULL, 0,             batch_post },
    { .name = NULL },
    // clang-format on
};
