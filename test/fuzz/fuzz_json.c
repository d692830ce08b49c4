#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "graph/route.h"
#include "model/ca.h"
#include "model/urls.h"
#include "odata/entity_read.h"
#include "odata/entity_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct urls urls = { "http://pki.example", "https://pki.example" };

/* What was read can be written, and is JSON. */
static void write_back(const struct entity *entity, const void *object)
{
    struct error err = { 0 };
    const struct view view = { .urls = &urls };
    SCOPED(buf_free) struct buf *out = buf_new(1 << 24);
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    if (!entity_write(&writer, entity, object, &view, &err))
        abort();
    json_close_object(&writer);
    SCOPED(json_decref) json_t *again = json_read(buf_bytes(out), &err);
    if (!again)
        abort();
}

static void read_as(const struct entity *entity, json_t *json)
{
    struct error err = { 0 };
    SCOPED(arena_free) struct arena *arena = arena_new();
    void *object = arena_take(arena, entity->size);
    if (entity_read(entity, json, arena, object, &err))
        write_back(entity, object);
    else if (err.code == ERR_NONE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { 0 };
    struct error changing = { 0 };
    struct ca ca = { .id = "i", .display_name = "d", .common_name = "c" };
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(json_decref) json_t *json = json_read((struct bytes){ data, len }, &err);
    if (!json)
        return 0;
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *route = *table; route->name; route++)
            if (route->body)
                read_as(route->body, json);
    if (entity_read_changes(&ca_entity, json, &urls, false, arena, &ca, &changing))
        write_back(&ca_entity, &ca);
    return 0;
}
