#include "graph/request.h"

#include "base/error.h"
#include "http/server.h"
#include "odata/entity_read.h"
#include "odata/etag.h"
#include "store/store.h"

struct session *request_session(struct request *request, struct error *err)
{
    if (!request->session)
        request->session = store_read(request->graph->store, err);
    return request->session;
}

void request_end_session(struct request *request)
{
    session_free(request->session);
    request->session = NULL;
}

struct actor request_actor(const struct request *request)
{
    return (struct actor){
        .tenant_id = request->caller.tenant_id,
        .name = request->caller.subject,
        .request_id = http_job_id(request->job),
    };
}

bool request_read_body(struct request *request, void *object, struct error *err)
{
    return entity_read(request->target.route->body, request->body, request->arena, object, err);
}

bool request_check_match(const struct request *request, int64_t revision, struct error *err)
{
    const char *header = http_job_header(request->job, "If-Match");
    return !header || etag_check_match(header, revision, err);
}

bool request_has_match(const struct request *request)
{
    return http_job_header(request->job, "If-Match") != NULL;
}

int64_t request_revision(const struct request *request, int64_t revision)
{
    return request_has_match(request) ? revision : 0;
}

void request_close(struct request *request)
{
    request_end_session(request);
    json_decref(request->body);
    request->body = NULL;
}
