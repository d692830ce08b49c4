#include "odata/entity_read.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "odata/entity_write.h"
#include "odata/value_read.h"

#include <string.h>

enum { MEMBER_OCTETS_MAX = 256 * 1024 };

static void refuse_unknown(struct reading *reading, const struct entity *entity, const char *name)
{
    if (!member_is_annotation(name) && entity_link(entity, name) < 0)
        reading_refuse(reading, arena_format(reading->arena, "%.64s", name),
                       arena_format(reading->arena, "%s has no such property", entity->name));
}

static bool conclude(struct reading *reading, struct error *err)
{
    bool is_good = reading->problem_count == 0;
    if (!is_good)
        (void)fail(err, ERR_INVALID, "%s", buf_text(reading->problems));
    reading_end(reading);
    return is_good;
}

/* What a client sees of a member; in place of its value, compared. */
static struct buf *shown(const struct property *property, const void *object,
                         const struct view *view)
{
    struct buf *text = buf_new(MEMBER_OCTETS_MAX);
    struct json_writer writer = json_writer_to(text);
    property_write(&writer, property, object, view);
    return text;
}

static bool is_text_of_server(const struct property *property)
{
    return property->type == PROPERTY_HEX || property->type == PROPERTY_DERIVED ||
           property->type == PROPERTY_STRING;
}

/* The given value, written as we would write it. */
static struct buf *shown_as_given(struct reading *reading, const struct entity *entity,
                                  const struct property *property, json_t *value,
                                  const struct view *view)
{
    void *scratch = arena_take(reading->arena, entity->size);
    value_read(reading, property, property->name, value, scratch);
    if (!is_text_of_server(property))
        return shown(property, scratch, view);
    struct buf *text = buf_new(MEMBER_OCTETS_MAX);
    struct json_writer writer = json_writer_to(text);
    json_text(&writer, json_string_value(value));
    return text;
}

/* A stale eTag in the body is what If-Match would have said: the object has changed since. */
static bool check_same(struct reading *reading, const struct entity *entity,
                       const struct property *property, json_t *value, const void *object,
                       const struct view *view, struct error *err)
{
    unsigned before = reading->problem_count;
    SCOPED(buf_free) struct buf *given = shown_as_given(reading, entity, property, value, view);
    SCOPED(buf_free) struct buf *ours = shown(property, object, view);
    if (reading->problem_count > before || bytes_equal(buf_bytes(given), buf_bytes(ours)))
        return true;
    if (text_equal(property->name, "eTag"))
        return fail(err, ERR_PRECONDITION, "eTag: it has changed since; read it again");
    reading_refuse(reading, property->name, "may not be changed");
    return true;
}

static bool read_change(struct reading *reading, const struct entity *entity, const char *name,
                        json_t *value, void *object, const void *stored, const struct view *view,
                        struct error *err)
{
    const struct property *property = property_find(entity, name);
    if (!property)
        refuse_unknown(reading, entity, name);
    else if (property->flags & (READ_ONLY | CREATE_ONLY))
        return check_same(reading, entity, property, value, stored, view, err);
    else
        value_read(reading, property, name, value, object);
    return true;
}

static void *copy_of(const struct entity *entity, const void *object, struct arena *arena)
{
    void *copy = arena_take(arena, entity->size);
    memcpy(copy, object, entity->size);
    return copy;
}

bool entity_read(const struct entity *entity, json_t *json, struct arena *arena, void *object,
                 struct error *err)
{
    if (!json_is_object(json))
        return fail(err, ERR_INVALID, "the body must be a JSON object");
    struct reading reading = reading_begin(arena);
    reading.is_whole = true;
    void *ignored = copy_of(entity, object, arena);
    type_check(&reading, entity, "", json);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const struct property *property = property_find(entity, name);
        if (!property)
            refuse_unknown(&reading, entity, name);
        else
            value_read(&reading, property, property->name, value,
                       property->flags & READ_ONLY ? ignored : object);
    }
    members_require(&reading, entity, "", json);
    return conclude(&reading, err);
}

bool entity_read_changes(const struct entity *entity, json_t *json, const struct urls *urls,
                         bool reveal_enum_members, struct arena *arena, void *object,
                         struct error *err)
{
    if (!json_is_object(json))
        return fail(err, ERR_INVALID, "the body must be a JSON object");
    const struct view view = { .urls = urls, .reveal_enum_members = reveal_enum_members };
    struct reading reading = reading_begin(arena);
    const void *stored = copy_of(entity, object, arena);
    type_check(&reading, entity, "", json);
    bool goes_on = true;
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        goes_on = goes_on && read_change(&reading, entity, name, value, object, stored, &view, err);
    }
    if (goes_on)
        return conclude(&reading, err);
    reading_end(&reading);
    return false;
}
