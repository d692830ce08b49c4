#include "graph/entity_write.h"

#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "graph/etag.h"
#include "graph/link.h"
#include "graph/options.h"

#include <stdint.h>

enum { DERIVED_OCTETS_MAX = 128 * 1024, ETAG_OCTETS_MAX = 32 };

typedef void write_fn(struct json_writer *writer, const struct property *property,
                      const void *object, const struct view *view);

static const void *member_at(const struct property *property, const void *object)
{
    return (const char *)object + property->offset;
}

static void write_string(struct json_writer *writer, const struct property *property,
                         const void *object, const struct view *view)
{
    (void)view;
    json_text(writer, *property_string(property, object));
}

static void write_int(struct json_writer *writer, const struct property *property,
                      const void *object, const struct view *view)
{
    (void)view;
    json_int(writer, property_int(property, object));
}

static void write_bool(struct json_writer *writer, const struct property *property,
                       const void *object, const struct view *view)
{
    (void)view;
    json_bool(writer, property_int(property, object) != 0);
}

static void write_time(struct json_writer *writer, const struct property *property,
                       const void *object, const struct view *view)
{
    (void)view;
    char text[TIMES_TEXT_OCTETS];
    int64_t t = property_int(property, object);
    times_text(t, text);
    json_text(writer, t == 0 ? NULL : text);
}

/* Graph hides members that came after the sentinel from callers that did not ask for them. */
static void write_enum(struct json_writer *writer, const struct property *property,
                       const void *object, const struct view *view)
{
    const struct enum_texts *texts = property->detail;
    int64_t number = property_int(property, object);
    if (texts->sentinel >= 0 && number > texts->sentinel && !view->reveal_enum_members)
        number = texts->sentinel;
    const char *text = enum_text(texts, number);
    json_text(writer, text ? text : enum_text(texts, 0));
}

static void write_binary(struct json_writer *writer, const struct property *property,
                         const void *object, const struct view *view)
{
    (void)view;
    struct bytes octets = property_bytes(property, object);
    if (octets.len == 0)
        json_text(writer, NULL);
    else
        json_base64(writer, octets);
}

static void write_hex(struct json_writer *writer, const struct property *property,
                      const void *object, const struct view *view)
{
    (void)view;
    struct bytes octets = property_bytes(property, object);
    SCOPED(buf_free) struct buf *text = buf_new(DERIVED_OCTETS_MAX);
    hex_encode(octets, text);
    json_text(writer, octets.len == 0 ? NULL : buf_text(text));
}

static void write_strings(struct json_writer *writer, const struct property *property,
                          const void *object, const struct view *view)
{
    (void)view;
    const struct strings *strings = member_at(property, object);
    json_open_array(writer);
    for (size_t i = 0; i < strings->count; i++)
        json_text(writer, strings->items[i]);
    json_close_array(writer);
}

static void write_derived(struct json_writer *writer, const struct property *property,
                          const void *object, const struct view *view)
{
    SCOPED(buf_free) struct buf *text = buf_new(DERIVED_OCTETS_MAX);
    property_derive(property, object, view->urls, text);
    json_text(writer, buf_len(text) == 0 ? NULL : buf_text(text));
}

/* Nested values hold scalars only: no entity of the API nests deeper. */
static write_fn *const scalars[] = {
    // clang-format off
    [PROPERTY_STRING]    = write_string,
    [PROPERTY_INT]       = write_int,
    [PROPERTY_BOOL]      = write_bool,
    [PROPERTY_TIME]      = write_time,
    [PROPERTY_ENUM]      = write_enum,
    [PROPERTY_BINARY]    = write_binary,
    [PROPERTY_HEX]       = write_hex,
    [PROPERTY_STRINGS]   = write_strings,
    [PROPERTY_COMPLEX]   = NULL,
    [PROPERTY_COMPLEXES] = NULL,
    [PROPERTY_DERIVED]   = write_derived,
    // clang-format on
};

static void write_nested(struct json_writer *writer, const struct entity *entity,
                         const void *object, const struct view *view)
{
    json_open_object(writer);
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        json_key(writer, row->name);
        scalars[row->type](writer, row, object, view);
    }
    json_close_object(writer);
}

static void write_all_nested(struct json_writer *writer, const struct property *property,
                             const void *object, const struct view *view)
{
    const struct list *list = member_at(property, object);
    const struct entity *entity = property->detail;
    json_open_array(writer);
    for (size_t i = 0; i < list->count; i++)
        write_nested(writer, entity, (const char *)list->items + i * entity->size, view);
    json_close_array(writer);
}

static bool is_shown(const struct entity *entity, const struct property *row,
                     const struct view *view)
{
    size_t number = (size_t)(row - entity->properties);
    if (!row->name || (row->flags & (HIDDEN | WRITE_ONLY)))
        return false;
    return !view->options || (view->options->selected >> number & 1);
}

static bool link_is_shown(int number, const struct view *view)
{
    const struct link *link = &graph_links[number];
    unsigned bit = 1u << number;
    const struct options *options = view->options;
    return link->load && ((options->expanded_links & bit) ||
                          (link->is_inlined && (options->selected_links & bit)));
}

static void write_etag(struct json_writer *writer, const struct entity *entity, const void *object)
{
    const struct property *revision = property_of_column(entity, "revision");
    SCOPED(buf_free) struct buf *etag = buf_new(ETAG_OCTETS_MAX);
    if (!revision)
        return;
    etag_write(property_int(revision, object), etag);
    json_member(writer, "@odata.etag", buf_text(etag));
}

static void write_members(struct json_writer *writer, const struct entity *entity,
                          const void *object, const struct view *view)
{
    write_etag(writer, entity, object);
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!is_shown(entity, row, view))
            continue;
        json_key(writer, row->name);
        property_write(writer, row, object, view);
    }
}

static void write_linked(struct json_writer *writer, const struct link *link,
                         const struct items *items, const struct view *view)
{
    const struct view plain = { .urls = view->urls,
                                .reveal_enum_members = view->reveal_enum_members };
    json_key(writer, link->name);
    if (!link->is_collection && items->count == 0) {
        json_text(writer, NULL);
        return;
    }
    if (link->is_collection)
        json_open_array(writer);
    for (size_t i = 0; i < items->count; i++) {
        json_open_object(writer);
        write_members(writer, link->target, (const char *)items->first + i * link->target->size,
                      &plain);
        json_close_object(writer);
    }
    if (link->is_collection)
        json_close_array(writer);
}

void property_write(struct json_writer *writer, const struct property *property, const void *object,
                    const struct view *view)
{
    if (property->type == PROPERTY_COMPLEX)
        write_nested(writer, property->detail, member_at(property, object), view);
    else if (property->type == PROPERTY_COMPLEXES)
        write_all_nested(writer, property, object, view);
    else
        scalars[property->type](writer, property, object, view);
}

bool entity_write(struct json_writer *writer, const struct entity *entity, const void *object,
                  const struct view *view, struct error *err)
{
    struct items items;
    write_members(writer, entity, object, view);
    for (int i = 0; view->options && graph_links[i].name; i++) {
        if (graph_links[i].owner != entity || !link_is_shown(i, view))
            continue;
        if (!graph_links[i].load(view->request, object, &items, err))
            return false;
        write_linked(writer, &graph_links[i], &items, view);
    }
    return true;
}
