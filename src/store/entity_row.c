/*
 * Collections and nested values stand in a text column as JSON; what is in a database that we
 * wrote is nevertheless read strictly, for others have tools too.
 */
#include "store/entity_row.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/entity_sql.h"

#include <assert.h>
#include <string.h>

enum { COLLECTION_OCTETS_MAX = 256 * 1024 };

/* ---- to values ---- */

static const void *member(const struct property *property, const void *object)
{
    return (const char *)object + property->offset;
}

static struct value text_value(const struct property *property, const void *object)
{
    const char *text = *property_string(property, object);
    if (text)
        return V_TEXT(text);
    return property->flags & NULL_AS_EMPTY ? V_TEXT("") : V_NULL;
}

static struct value octets_value(const struct property *property, const void *object)
{
    struct bytes octets = property_bytes(property, object);
    bool is_null =
        octets.len == 0 && (property->flags & NULLABLE) && !(property->flags & NULL_AS_EMPTY);
    return is_null ? V_NULL : V_BLOB(octets);
}

static void write_member(struct json_writer *json, const struct property *row, const void *object);

static void write_nested(struct json_writer *json, const struct entity *entity, const void *object)
{
    json_open_object(json);
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        json_key(json, row->name);
        write_member(json, row, object);
    }
    json_close_object(json);
}

static void write_strings(struct json_writer *json, const struct strings *strings)
{
    json_open_array(json);
    for (size_t i = 0; i < strings->count; i++)
        json_text(json, strings->items[i]);
    json_close_array(json);
}

static void write_list(struct json_writer *json, const struct entity *nested,
                       const struct list *list)
{
    json_open_array(json);
    for (size_t i = 0; i < list->count; i++)
        write_nested(json, nested, (const char *)list->items + i * nested->size);
    json_close_array(json);
}

/* Nested values may nest again; numbers stand for enums and times, base64 for octets. */
static void write_member(struct json_writer *json, const struct property *row, const void *object)
{
    switch (row->type) {
    case PROPERTY_STRING:
        json_text(json, *property_string(row, object));
        return;
    case PROPERTY_BOOL:
        json_bool(json, property_int(row, object) != 0);
        return;
    case PROPERTY_BINARY:
    case PROPERTY_HEX:
        json_base64(json, property_bytes(row, object));
        return;
    case PROPERTY_STRINGS:
        write_strings(json, member(row, object));
        return;
    case PROPERTY_COMPLEX:
        write_nested(json, row->detail, member(row, object));
        return;
    case PROPERTY_COMPLEXES:
        write_list(json, row->detail, member(row, object));
        return;
    case PROPERTY_INT:
    case PROPERTY_TIME:
    case PROPERTY_ENUM:
    case PROPERTY_DERIVED: /* no nested value has one */
    default:
        json_int(json, property_int(row, object));
    }
}

static bool collection_value(const struct property *property, const void *object,
                             struct arena *arena, struct value *out, struct error *err)
{
    SCOPED(buf_free) struct buf *text = buf_new(COLLECTION_OCTETS_MAX);
    struct json_writer json = json_writer_to(text);
    write_member(&json, property, object);
    if (!buf_ok(text))
        return fail(err, ERR_TOO_LARGE, "%s: too many members",
                    property->name ? property->name : property->column);
    *out = V_TEXT(arena_text(arena, buf_text(text)));
    return true;
}

static bool value_of(const struct property *property, const void *object, struct arena *arena,
                     struct value *out, struct error *err)
{
    switch (property->type) {
    case PROPERTY_STRING:
        *out = text_value(property, object);
        return true;
    case PROPERTY_BINARY:
    case PROPERTY_HEX:
        *out = octets_value(property, object);
        return true;
    case PROPERTY_STRINGS:
    case PROPERTY_COMPLEX:
    case PROPERTY_COMPLEXES:
        return collection_value(property, object, arena, out, err);
    case PROPERTY_INT:
    case PROPERTY_BOOL:
    case PROPERTY_TIME:
    case PROPERTY_ENUM:
    case PROPERTY_DERIVED: /* has no column */
    default:
        *out = V_INT(property_int(property, object));
        return true;
    }
}

bool entity_values(const struct entity *entity, const void *object,
                   bool (*take)(const struct property *), struct arena *arena, struct value *values,
                   size_t *count, struct error *err)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!take(row))
            continue;
        assert(*count < ENTITY_COLUMNS_MAX);
        if (!value_of(row, object, arena, &values[(*count)++], err))
            return error_context(err, "%s", entity->name);
    }
    return true;
}

/* ---- from rows ---- */

static void load_text(const struct property *property, const struct row *row, int column,
                      struct arena *arena, void *object)
{
    const char *text = row_text(row, column);
    bool is_null = !text || (!*text && (property->flags & EMPTY_AS_NULL));
    property_set_string(property, object, is_null ? NULL : arena_text(arena, text));
}

static bool load_strings(const json_t *json, struct arena *arena, struct strings *out)
{
    size_t count = json_array_size(json);
    *out = (struct strings){ arena_take(arena, (count + 1) * sizeof out->items[0]), 0 };
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(json, i);
        if (!json_is_string(item))
            return false;
        out->items[out->count++] = arena_text(arena, json_string_value(item));
    }
    return json_is_array(json);
}

static bool load_member(const struct property *row, const json_t *json, struct arena *arena,
                        void *object);

static bool load_nested(const struct entity *entity, const json_t *json, struct arena *arena,
                        void *object)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (!load_member(row, json_object_get(json, row->name), arena, object))
            return false;
    return json_is_object(json);
}

static bool load_list(const struct entity *nested, const json_t *json, struct arena *arena,
                      struct list *out)
{
    size_t count = json_array_size(json);
    out->items = arena_take(arena, (count + 1) * nested->size);
    for (size_t i = 0; i < count; i++) {
        void *object = (char *)out->items + i * nested->size;
        if (!load_nested(nested, json_array_get(json, i), arena, object))
            return false;
        out->count++;
    }
    return json_is_array(json);
}

static bool load_octets(const struct property *row, const json_t *json, struct arena *arena,
                        void *object)
{
    struct error inner = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *octets = buf_new(COLLECTION_OCTETS_MAX);
    const char *text = json_string_value(json);
    if (!text || !base64_decode(bytes_of_text(text), octets, &inner))
        return false;
    property_set_bytes(row, object, arena_bytes(arena, buf_bytes(octets)));
    return true;
}

/* A member that was not there yet when the row was written stays null. */
static bool load_member(const struct property *row, const json_t *json, struct arena *arena,
                        void *object)
{
    void *place = (char *)object + row->offset;
    if (!json)
        return true;
    switch (row->type) {
    case PROPERTY_STRING:
        property_set_string(row, object, arena_text(arena, json_string_value(json)));
        return true;
    case PROPERTY_BOOL:
        property_set_int(row, object, json_is_true(json));
        return true;
    case PROPERTY_BINARY:
    case PROPERTY_HEX:
        return load_octets(row, json, arena, object);
    case PROPERTY_STRINGS:
        return load_strings(json, arena, place);
    case PROPERTY_COMPLEX:
        return load_nested(row->detail, json, arena, place);
    case PROPERTY_COMPLEXES:
        return load_list(row->detail, json, arena, place);
    case PROPERTY_INT:
    case PROPERTY_TIME:
    case PROPERTY_ENUM:
    case PROPERTY_DERIVED:
    default:
        property_set_int(row, object, json_integer_value(json));
        return true;
    }
}

static bool is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return true;
}

/* What nearly every row has, and what pages are full of: no blanks, no escapes. */
static bool load_plain_strings(const char *json, struct arena *arena, struct strings *out)
{
    struct strings strings = { arena_take(arena, (strlen(json) / 2 + 1) * sizeof *strings.items),
                               0 };
    if (*json++ != '[' || strchr(json, '\\'))
        return false;
    while (*json == '"') {
        size_t len = strcspn(++json, "\"");
        struct bytes item = { (const uint8_t *)json, len };
        if (json[len] != '"' || !is_plain(item))
            return false;
        strings.items[strings.count++] = arena_text_of(arena, item);
        json += len + 1;
        if (json[0] == ',' && json[1] == '"')
            json++;
        else
            break;
    }
    *out = strings;
    return text_equal(json, "]");
}

static bool load_collection(const struct property *property, const struct row *row, int column,
                            struct arena *arena, void *object, struct error *err)
{
    const char *text = row_text(row, column);
    void *place = (char *)object + property->offset;
    if (property->type == PROPERTY_STRINGS && text && load_plain_strings(text, arena, place))
        return true;
    SCOPED(json_decref) json_t *json = json_read(bytes_of_text(text), err);
    if (!json)
        return false;
    bool is_good = load_member(property, json, arena, object);
    return is_good || fail(err, ERR_INTERNAL, "not what we write there");
}

static bool load(const struct property *property, const struct row *row, int column,
                 struct arena *arena, void *object, struct error *err)
{
    switch (property->type) {
    case PROPERTY_STRING:
        load_text(property, row, column, arena, object);
        return true;
    case PROPERTY_BINARY:
    case PROPERTY_HEX:
        property_set_bytes(property, object, arena_bytes(arena, row_bytes(row, column)));
        return true;
    case PROPERTY_STRINGS:
    case PROPERTY_COMPLEX:
    case PROPERTY_COMPLEXES:
        return load_collection(property, row, column, arena, object, err);
    case PROPERTY_INT:
    case PROPERTY_BOOL:
    case PROPERTY_TIME:
    case PROPERTY_ENUM:
    case PROPERTY_DERIVED: /* has no column */
    default:
        property_set_int(property, object, row_int(row, column));
        return true;
    }
}

bool entity_load(const struct entity *entity, const struct row *row, struct arena *arena,
                 void *object, struct error *err)
{
    memset(object, 0, entity->size);
    int column = 0;
    for (const struct property *property = entity->properties; !property_is_last(property);
         property++) {
        if (!column_is_read(property))
            continue;
        if (!load(property, row, column++, arena, object, err))
            return error_context(err, "%s: column %s", entity->name, property->column);
    }
    return true;
}
