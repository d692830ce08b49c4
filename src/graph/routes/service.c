#include "graph/routes/service.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "graph/accept.h"
#include "graph/documents.h"
#include "graph/exchange.h"
#include "graph/reply.h"
#include "graph/request.h"

#include <string.h>
#include <strings.h>

enum { TOPS_MAX = 64, NAME_OCTETS_MAX = 128, BODY_OCTETS_MAX = 64 * 1024 };

/* First segments of paths. */
struct tops {
    struct top {
        struct bytes name;
        bool is_set; /* a list stands right there */
    } items[TOPS_MAX];
    size_t count;
};

static struct top *find_top(struct tops *tops, struct bytes name)
{
    size_t i = 0;
    while (i < tops->count && !bytes_equal(tops->items[i].name, name))
        i++;
    if (i == TOPS_MAX)
        return NULL;
    if (i == tops->count)
        tops->items[tops->count++] = (struct top){ name, false };
    return &tops->items[i];
}

static void take_row(struct tops *tops, const struct route *row)
{
    size_t len = strcspn(row->path, "/");
    struct top *top =
        row->entity ? find_top(tops, (struct bytes){ (const uint8_t *)row->path, len }) : NULL;
    if (top && row->reply == REPLY_COLLECTION && !row->path[len])
        top->is_set = true;
}

static void write_top(struct json_writer *writer, const struct top *top)
{
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    buf_add(name, top->name);
    json_open_object(writer);
    json_member(writer, "name", buf_text(name));
    json_member(writer, "kind", top->is_set ? "EntitySet" : "Singleton");
    json_member(writer, "url", buf_text(name));
    json_close_object(writer);
}

static bool answer(const struct request *request, enum document_format format,
                   struct result *result)
{
    struct document document =
        documents_get(request->graph->documents, request->target.version, format);
    result->document = buf_copy(document.body);
    result->content_type = document.content_type;
    result->revision = document.revision;
    return true;
}

bool service_get(struct request *request, struct result *result, struct error *err)
{
    (void)err;
    struct tops tops = { .count = 0 };
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *row = *table; row->name; row++)
            if (row->versions & request->target.version)
                take_row(&tops, row);
    result->document = buf_new(BODY_OCTETS_MAX);
    struct json_writer writer = json_writer_to(result->document);
    json_open_object(&writer);
    reply_write_context(&writer, request, NULL);
    json_key(&writer, "value");
    json_open_array(&writer);
    for (size_t i = 0; i < tops.count; i++)
        write_top(&writer, &tops.items[i]);
    json_close_array(&writer);
    json_close_object(&writer);
    return true;
}

bool service_get_metadata(struct request *request, struct result *result, struct error *err)
{
    bool is_json;
    const char *format = options_text(&request->options, "$format");
    exchange_add_header(request->exchange, "Vary", "Accept");
    return accept_xml_or_json(exchange_header(request->exchange, "Accept"), *format ? format : NULL,
                              &is_json, err) &&
           answer(request, is_json ? DOCUMENT_METADATA_JSON : DOCUMENT_METADATA_XML, result);
}

bool service_get_openapi(struct request *request, struct result *result, struct error *err)
{
    (void)err;
    return answer(request, DOCUMENT_OPENAPI, result);
}
