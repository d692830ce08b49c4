#include "model/property.h"

#include "base/text.h"
#include "model/base_types.h"

#include <assert.h>
#include <string.h>

int64_t enum_from_text(const struct enum_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (text_equal(texts->text[i], text))
            return (int64_t)i;
    }
    return -1;
}

const char *enum_text(const struct enum_texts *texts, int64_t number)
{
    return number >= 0 && (uint64_t)number < texts->count ? texts->text[number] : NULL;
}

const char *entity_namespace(const struct entity *entity)
{
    return entity->space ? entity->space : "microsoft.graph";
}

const struct property *entity_key(const struct entity *entity)
{
    const struct property *row = entity->properties;
    while (!property_is_last(row) && !(row->flags & KEY))
        row++;
    return property_is_last(row) ? NULL : row;
}

const struct property *entity_revision(const struct entity *entity)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (row->type == PROPERTY_INT && text_equal(row->column, "revision"))
            return row;
    }
    return NULL;
}

const struct entity *entity_base(const struct entity *entity)
{
    if (entity->base || entity == &identified_entity)
        return entity->base;
    return entity_key(entity) ? &identified_entity : NULL;
}

const struct condition *entity_condition(const struct entity *entity,
                                         const struct property *property, int64_t value)
{
    const struct condition *condition = entity->conditions;
    for (; condition && condition->name; condition++)
        if (condition->value == value && text_equal(condition->name, property->name))
            return condition;
    return NULL;
}

int entity_link(const struct entity *entity, const char *name)
{
    for (int i = 0; entity->links && entity->links[i].name; i++)
        if (text_equal(entity->links[i].name, name))
            return i;
    return -1;
}

bool property_is_last(const struct property *property)
{
    return !property->name && !property->column;
}

const struct property *property_find(const struct entity *entity, const char *json_name)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (row->name && strcmp(row->name, json_name) == 0)
            return row;
    }
    return NULL;
}

const struct property *property_of_column(const struct entity *entity, const char *column)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (row->column && strcmp(row->column, column) == 0)
            return row;
    }
    return NULL;
}

static const void *member(const struct property *property, const void *object)
{
    return (const char *)object + property->offset;
}

static void *member_to_set(const struct property *property, void *object)
{
    return (char *)object + property->offset;
}

const char *const *property_string(const struct property *property, const void *object)
{
    return member(property, object);
}

int64_t property_int(const struct property *property, const void *object)
{
    const void *place = member(property, object);
    if (property->type == PROPERTY_BOOL)
        return *(const bool *)place;
    if (property->type == PROPERTY_TIME)
        return *(const time_t *)place;
    return *(const int64_t *)place;
}

struct bytes property_bytes(const struct property *property, const void *object)
{
    return *(const struct bytes *)member(property, object);
}

void property_set_string(const struct property *property, void *object, const char *text)
{
    *(const char **)member_to_set(property, object) = text;
}

void property_set_int(const struct property *property, void *object, int64_t value)
{
    void *place = member_to_set(property, object);
    if (property->type == PROPERTY_BOOL)
        *(bool *)place = value != 0;
    else if (property->type == PROPERTY_TIME)
        *(time_t *)place = value;
    else
        *(int64_t *)place = value;
}

void property_set_bytes(const struct property *property, void *object, struct bytes bytes)
{
    *(struct bytes *)member_to_set(property, object) = bytes;
}

size_t property_octets(const struct property *property)
{
    static const size_t octets[] = {
        // clang-format off
        [PROPERTY_STRING]    = sizeof(const char *),
        [PROPERTY_INT]       = sizeof(int64_t),
        [PROPERTY_BOOL]      = sizeof(bool),
        [PROPERTY_TIME]      = sizeof(time_t),
        [PROPERTY_ENUM]      = sizeof(int64_t),
        [PROPERTY_BINARY]    = sizeof(struct bytes),
        [PROPERTY_HEX]       = sizeof(struct bytes),
        [PROPERTY_STRINGS]   = sizeof(struct strings),
        [PROPERTY_COMPLEXES] = sizeof(struct list),
        [PROPERTY_DERIVED]   = 0,
        // clang-format on
    };
    if (property->type == PROPERTY_COMPLEX)
        return ((const struct entity *)property->detail)->size;
    return octets[property->type];
}

void entity_copy_changes(const struct entity *entity, const void *from, void *to)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (!(row->flags & (HIDDEN | READ_ONLY | CREATE_ONLY)))
            memcpy(member_to_set(row, to), member(row, from), property_octets(row));
}

void property_derive(const struct property *property, const void *object, const struct urls *urls,
                     struct buf *out)
{
    assert(property->type == PROPERTY_DERIVED);
    const struct derivation *derivation = property->detail;
    derivation->derive(object, urls, out);
}
