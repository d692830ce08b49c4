#include "odata/entity_write.h"

#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "model/base_types.h"
#include "odata/etag.h"
#include "odata/options.h"

#include <stdint.h>

enum { ETAG_OCTETS_MAX = 32, TYPE_OCTETS_MAX = 256 };

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
    static const char never[] =
        "0001-01-01T00:00:00Z"; /* what Graph writes where null may not be */
    char text[TIMES_TEXT_OCTETS];
    int64_t t = property_int(property, object);
    times_text(t, text);
    if (t != 0)
        json_text(writer, text);
    else
        json_text(writer, property->flags & NULLABLE ? NULL : never);
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
    if (octets.len == 0)
        json_text(writer, NULL);
    else
        json_hex(writer, octets);
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
    size_t begin = json_begin_text(writer);
    property_derive(property, object, view->urls, writer->out);
    json_end_text(writer, begin);
}

static bool is_all_zero(const void *object, size_t size)
{
    const char *octets = object;
    for (size_t i = 0; i < size; i++)
        if (octets[i])
            return false;
    return true;
}

static void write_nested(struct json_writer *writer, const struct property *property,
                         const void *object, const struct view *view)
{
    const struct entity *entity = property->detail;
    const struct view within = { .urls = view->urls,
                                 .reveal_enum_members = view->reveal_enum_members };
    uint64_t members = options_members(view->options, property);
    json_open_object(writer);
    for (const struct property *row = entity->properties; !property_is_last(row);
         row++, members >>= 1) {
        if (!row->name || (row->flags & (HIDDEN | WRITE_ONLY)) || !(members & 1))
            continue;
        json_key(writer, row->name);
        property_write(writer, row, object, &within);
    }
    json_close_object(writer);
}

static void write_complex(struct json_writer *writer, const struct property *property,
                          const void *object, const struct view *view)
{
    const struct entity *entity = property->detail;
    const void *nested = member_at(property, object);
    if ((property->flags & ZERO_AS_NULL) && is_all_zero(nested, entity->size))
        json_text(writer, NULL);
    else
        write_nested(writer, property, nested, view);
}

static void write_complexes(struct json_writer *writer, const struct property *property,
                            const void *object, const struct view *view)
{
    const struct list *list = member_at(property, object);
    const struct entity *entity = property->detail;
    json_open_array(writer);
    for (size_t i = 0; i < list->count; i++)
        write_nested(writer, property, (const char *)list->items + i * entity->size, view);
    json_close_array(writer);
}

static write_fn *const writers[] = {
    // clang-format off
    [PROPERTY_STRING]    = write_string,
    [PROPERTY_INT]       = write_int,
    [PROPERTY_BOOL]      = write_bool,
    [PROPERTY_TIME]      = write_time,
    [PROPERTY_ENUM]      = write_enum,
    [PROPERTY_BINARY]    = write_binary,
    [PROPERTY_HEX]       = write_hex,
    [PROPERTY_STRINGS]   = write_strings,
    [PROPERTY_COMPLEX]   = write_complex,
    [PROPERTY_COMPLEXES] = write_complexes,
    [PROPERTY_DERIVED]   = write_derived,
    // clang-format on
};

static bool is_shown(const struct entity *entity, const struct property *row,
                     const struct view *view)
{
    size_t number = (size_t)(row - entity->properties);
    if (!row->name || (row->flags & (HIDDEN | WRITE_ONLY)))
        return false;
    return !view->options || (view->options->selected >> number & 1);
}

static bool link_is_shown(const struct entity *entity, int number, const struct options *options)
{
    bool is_inlined = entity->links[number].flags & LINK_INLINED;
    return options->expanded[number] || (is_inlined && (options->selected_links >> number & 1));
}

static void write_etag(struct json_writer *writer, const struct entity *entity, const void *object)
{
    const struct property *revision = entity_revision(entity);
    if (!revision)
        return;
    SCOPED(buf_free) struct buf *etag = buf_new(ETAG_OCTETS_MAX);
    etag_write(property_int(revision, object), etag);
    json_member(writer, "@odata.etag", buf_text(etag));
}

/* Where it stands, any type with that base may stand. */
static bool is_one_of_several(const struct entity *entity)
{
    return entity->base && entity->base->is_abstract && entity->base != &identified_entity;
}

static void write_type(struct json_writer *writer, const struct entity *entity)
{
    SCOPED(buf_free) struct buf *name = buf_new(TYPE_OCTETS_MAX);
    buf_add_format(name, "#%s.%s", entity_namespace(entity), entity->name);
    json_member(writer, "@odata.type", buf_text(name));
}

static void write_members(struct json_writer *writer, const struct entity *entity,
                          const void *object, const struct view *view)
{
    if (!view->without_annotations) {
        if (view->tells_type || is_one_of_several(entity))
            write_type(writer, entity);
        write_etag(writer, entity, object);
    }
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!is_shown(entity, row, view))
            continue;
        json_key(writer, row->name);
        property_write(writer, row, object, view);
    }
}

static bool write_items(struct json_writer *writer, const struct link *link,
                        const struct items *items, const struct view *view, struct error *err)
{
    size_t size = link->target->size;
    for (size_t i = 0; i < items->count; i++) {
        json_open_object(writer);
        if (!entity_write(writer, link->target, (const char *)items->first + i * size, view, err))
            return false;
        json_close_object(writer);
    }
    return true;
}

static bool write_link(struct json_writer *writer, const struct link *link, const void *owner,
                       const struct options *options, const struct view *view, struct error *err)
{
    struct items items;
    struct view within = *view;
    within.options = options;
    within.tells_type = false;
    json_key(writer, link->name);
    if (!view->load(view->context, link, owner, options, &items, err))
        return false;
    if (link->flags & LINK_COLLECTION) {
        json_open_array(writer);
        if (!write_items(writer, link, &items, &within, err))
            return false;
        json_close_array(writer);
        return true;
    }
    if (items.count == 0)
        json_text(writer, NULL);
    return write_items(writer, link, &items, &within, err);
}

void property_write(struct json_writer *writer, const struct property *property, const void *object,
                    const struct view *view)
{
    writers[property->type](writer, property, object, view);
}

bool entity_write(struct json_writer *writer, const struct entity *entity, const void *object,
                  const struct view *view, struct error *err)
{
    write_members(writer, entity, object, view);
    if (!view->options || !view->load)
        return true;
    for (int i = 0; entity->links && entity->links[i].name; i++)
        if (link_is_shown(entity, i, view->options) &&
            !write_link(writer, &entity->links[i], object, view->options->expanded[i], view, err))
            return false;
    return true;
}
