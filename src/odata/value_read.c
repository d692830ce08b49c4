#include "odata/value_read.h"

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "odata/entity_read.h"

#include <inttypes.h>
#include <string.h>

enum { PROBLEMS_OCTETS_MAX = 4096, NAME_OCTETS_SHOWN = 64 };

typedef void read_fn(struct reading *reading, const struct property *property, const char *path,
                     json_t *value, void *object);

static bool is_writable(const struct property *property)
{
    return !(property->flags & READ_ONLY);
}

static bool text_fits(struct reading *reading, const struct property *property, const char *path,
                      const char *text)
{
    int64_t most = property->max ? property->max : TEXT_CHARACTERS_MAX;
    int64_t count = (int64_t)text_characters(text);
    const struct text_form *form = property->type == PROPERTY_STRING ? property->detail : NULL;
    const char *rule = NULL;
    if (form && !form->fits(text))
        rule = arena_format(reading->arena, "must be %s", form->must_be);
    else if (count < property->min)
        rule = "may not be empty";
    else if (count > most)
        rule = arena_format(reading->arena, "at most %" PRId64 " characters", most);
    if (rule)
        reading_refuse(reading, path, rule);
    return !rule;
}

static void read_string(struct reading *reading, const struct property *property, const char *path,
                        json_t *value, void *object)
{
    const char *text = json_string_value(value);
    if (!text)
        reading_refuse(reading, path, "must be a text");
    else if (is_writable(property) && text_fits(reading, property, path, text))
        property_set_string(property, object, arena_text(reading->arena, text));
}

/* Made by the server from something else; a text in the API. */
static void read_shown_text(struct reading *reading, const struct property *property,
                            const char *path, json_t *value, void *object)
{
    (void)property;
    (void)object;
    if (!json_is_string(value))
        reading_refuse(reading, path, "must be a text");
}

static void read_int(struct reading *reading, const struct property *property, const char *path,
                     json_t *value, void *object)
{
    int64_t least = property->max ? property->min : INT32_MIN;
    int64_t most = property->max ? property->max : INT32_MAX;
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value))
        reading_refuse(reading, path, "must be a whole number");
    else if (number < least || number > most)
        reading_refuse(reading, path,
                       arena_format(reading->arena, "from %" PRId64 " to %" PRId64, least, most));
    else
        property_set_int(property, object, number);
}

static void read_bool(struct reading *reading, const struct property *property, const char *path,
                      json_t *value, void *object)
{
    if (!json_is_boolean(value))
        reading_refuse(reading, path, "must be true or false");
    else
        property_set_int(property, object, json_is_true(value));
}

static void read_time(struct reading *reading, const struct property *property, const char *path,
                      json_t *value, void *object)
{
    time_t t;
    const char *text = json_string_value(value);
    if (!text || !times_parse(text, &t))
        reading_refuse(reading, path, "must be a time such as 2025-02-13T10:17:06Z");
    else
        property_set_int(property, object, t);
}

/* Samples write the name of a type without its '#'. */
static const char *without_hash(const char *type)
{
    return type && *type == '#' ? type + 1 : type;
}

static const char *members_text(struct arena *arena, const struct enum_texts *texts)
{
    const char *list = "";
    for (size_t i = 1; i < texts->count; i++)
        if ((int64_t)i != texts->sentinel)
            list = arena_format(arena, "%s%s%s", list, *list ? ", " : "", texts->text[i]);
    return list;
}

static int64_t number_of(const struct property *property, const char *text)
{
    const struct enum_texts *texts = property->detail;
    if (!text_equal(property->name, PROPERTY_OF_TYPE))
        return enum_from_text(texts, text);
    for (size_t i = 1; i < texts->count; i++)
        if (text_equal(without_hash(texts->text[i]), without_hash(text)))
            return (int64_t)i;
    return -1;
}

/* "unknown" says nothing and the sentinel is no value: neither may be chosen where one is needed.
 */
static void read_enum(struct reading *reading, const struct property *property, const char *path,
                      json_t *value, void *object)
{
    const struct enum_texts *texts = property->detail;
    const char *text = json_string_value(value);
    int64_t number = text ? number_of(property, text) : -1;
    bool is_choice = !is_writable(property) ||
                     (number != texts->sentinel && (number > 0 || !(property->flags & REQUIRED)));
    if (number < 0 || !is_choice)
        reading_refuse(
            reading, path,
            arena_format(reading->arena, "must be one of %s", members_text(reading->arena, texts)));
    else
        property_set_int(property, object, number);
}

static void read_binary(struct reading *reading, const struct property *property, const char *path,
                        json_t *value, void *object)
{
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *octets = buf_new(BINARY_OCTETS_MAX);
    const char *text = json_string_value(value);
    if (!text || !base64_decode(bytes_of_text(text), octets, &inner) || !buf_ok(octets))
        reading_refuse(reading, path, "must be base64");
    else
        property_set_bytes(property, object, arena_bytes(reading->arena, buf_bytes(octets)));
}

static void *member_at(const struct property *property, void *object)
{
    return (char *)object + property->offset;
}

/* A collection that may be read: an array, and not too long. */
static bool is_collection(struct reading *reading, const char *path, json_t *value, size_t most)
{
    if (!json_is_array(value))
        reading_refuse(reading, path, "must be an array");
    else if (json_array_size(value) > most)
        reading_refuse(reading, path, arena_format(reading->arena, "at most %zu items", most));
    else
        return true;
    return false;
}

static void read_strings(struct reading *reading, const struct property *property, const char *path,
                         json_t *value, void *object)
{
    const struct collection_form *form = property->detail;
    if (!is_collection(reading, path, value, form ? form->items_max : COLLECTION_ITEMS_MAX))
        return;
    struct strings strings = { arena_take(reading->arena,
                                          (json_array_size(value) + 1) * sizeof *strings.items),
                               json_array_size(value) };
    for (size_t i = 0; i < strings.count; i++) {
        const char *item_path = arena_format(reading->arena, "%s[%zu]", path, i);
        const char *text = json_string_value(json_array_get(value, i));
        if (!text)
            reading_refuse(reading, item_path, "must be a text");
        else if (text_fits(reading, property, item_path, text))
            strings.items[i] = arena_text(reading->arena, text);
    }
    *(struct strings *)member_at(property, object) = strings;
}

static void read_complex(struct reading *reading, const struct property *property, const char *path,
                         json_t *value, void *object)
{
    const struct entity *entity = property->detail;
    if (!json_is_object(value)) {
        reading_refuse(reading, path, "must be an object");
        return;
    }
    type_check(reading, entity, path, value);
    if (reading->is_whole)
        members_require(reading, entity, path, value);
    members_read(reading, entity, path, value, member_at(property, object));
}

static void read_complexes(struct reading *reading, const struct property *property,
                           const char *path, json_t *value, void *object)
{
    const struct entity *entity = property->detail;
    if (!is_collection(reading, path, value, COLLECTION_ITEMS_MAX))
        return;
    struct list list = { arena_take(reading->arena, (json_array_size(value) + 1) * entity->size),
                         json_array_size(value) };
    for (size_t i = 0; i < list.count; i++) {
        const char *item_path = arena_format(reading->arena, "%s[%zu]", path, i);
        json_t *item = json_array_get(value, i);
        if (!json_is_object(item)) {
            reading_refuse(reading, item_path, "must be an object");
            continue;
        }
        type_check(reading, entity, item_path, item);
        members_require(reading, entity, item_path, item);
        members_read(reading, entity, item_path, item, (char *)list.items + i * entity->size);
    }
    *(struct list *)member_at(property, object) = list;
}

static read_fn *const readers[] = {
    // clang-format off
    [PROPERTY_STRING]    = read_string,
    [PROPERTY_INT]       = read_int,
    [PROPERTY_BOOL]      = read_bool,
    [PROPERTY_TIME]      = read_time,
    [PROPERTY_ENUM]      = read_enum,
    [PROPERTY_BINARY]    = read_binary,
    [PROPERTY_HEX]       = read_shown_text,
    [PROPERTY_STRINGS]   = read_strings,
    [PROPERTY_COMPLEX]   = read_complex,
    [PROPERTY_COMPLEXES] = read_complexes,
    [PROPERTY_DERIVED]   = read_shown_text,
    // clang-format on
};

static void read_null(struct reading *reading, const struct property *property, const char *path,
                      void *object)
{
    if (!is_writable(property))
        return;
    if (!(property->flags & NULLABLE) || (property->flags & REQUIRED))
        reading_refuse(reading, path, "may not be null");
    else if (property->type != PROPERTY_COMPLEX)
        memset(member_at(property, object), 0, property_octets(property));
}

struct reading reading_begin(struct arena *arena)
{
    return (struct reading){ .arena = arena, .problems = buf_new(PROBLEMS_OCTETS_MAX) };
}

void reading_end(struct reading *reading)
{
    buf_free(reading->problems);
    reading->problems = NULL;
}

void reading_refuse(struct reading *reading, const char *path, const char *rule)
{
    buf_add_format(reading->problems, "%s%s: %s", reading->problem_count > 0 ? "; " : "", path,
                   rule);
    reading->problem_count++;
}

void value_read(struct reading *reading, const struct property *property, const char *path,
                json_t *value, void *object)
{
    if (json_is_null(value))
        read_null(reading, property, path, object);
    else
        readers[property->type](reading, property, path, value, object);
}

static const char *member_path(const struct reading *reading, const char *path, const char *name)
{
    return arena_format(reading->arena, "%s%s%.*s", path, *path ? "." : "", NAME_OCTETS_SHOWN,
                        name);
}

void members_require(struct reading *reading, const struct entity *entity, const char *path,
                     json_t *json)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (row->name && (row->flags & REQUIRED) && !json_object_get(json, row->name))
            reading_refuse(reading, member_path(reading, path, row->name), "is required");
}

void members_read(struct reading *reading, const struct entity *entity, const char *path,
                  json_t *json, void *object)
{
    void *at = json_object_iter(json);
    for (; at; at = json_object_iter_next(json, at)) {
        const char *name = json_object_iter_key(at);
        const struct property *property = property_find(entity, name);
        const char *member = member_path(reading, path, name);
        if (property)
            value_read(reading, property, member, json_object_iter_value(at), object);
        else if (!member_is_annotation(name))
            reading_refuse(reading, member,
                           arena_format(reading->arena, "%s has no such property", entity->name));
    }
}

bool member_is_annotation(const char *name)
{
    return strchr(name, '@') != NULL;
}

void type_check(struct reading *reading, const struct entity *entity, const char *path,
                json_t *json)
{
    const json_t *type = json_object_get(json, "@odata.type");
    const char *text = json_string_value(type);
    const char *name = without_hash(text);
    const char *ours =
        arena_format(reading->arena, "%s.%s", entity_namespace(entity), entity->name);
    if (type && !text_equal(name, ours) && !property_find(entity, PROPERTY_OF_TYPE))
        reading_refuse(reading,
                       arena_format(reading->arena, "%s%s@odata.type", path, *path ? "." : ""),
                       arena_format(reading->arena, "must be #%s", ours));
}
