#include "graph/routes/audits.h"
#include "graph/routes/tables.h"
#include "model/audit.h"
#include "odata/options.h"

#define EVENTS "deviceManagement/auditEvents"
#define EVENT  EVENTS "/{event}"
#define READ   ACCESS_AUDIT_READ
#define BOTH   (API_BETA | API_V1)

/* Written by what happens, never by a request of its own. */
const struct route audit_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "audit.list",  BOTH, HTTP_GET, EVENTS,           READ, ON_WORKER, REPLY_COLLECTION, &audit_event_entity, NULL, OPTIONS_LIST,   audits_list },
    { "audit.count", BOTH, HTTP_GET, EVENTS "/$count", READ, ON_WORKER, REPLY_COUNT,      &audit_event_entity, NULL, OPTIONS_COUNT,  audits_count },
    { "audit.get",   BOTH, HTTP_GET, EVENT,            READ, ON_WORKER, REPLY_ENTITY,     &audit_event_entity, NULL, OPTIONS_ENTITY, audit_get },
    { .name = NULL },
    // clang-format on
};
