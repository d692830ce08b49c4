#include "odata/openapi_types.h"

#include "base/arena.h"
#include "odata/entity_read.h"
#include "odata/schema.h"

/* What writes the schema of one row is given all this. */
struct writing {
    struct json_writer *writer;
    const struct schema *schema;
    enum shape shape;
};

static const char *const suffixes[] = {
    [SHAPE_SHOWN] = "",
    [SHAPE_CREATE] = ".create",
    [SHAPE_CHANGE] = ".change",
};

static bool is_writable(const struct writing *writing, const struct property *row)
{
    return writing->shape != SHAPE_SHOWN && !(row->flags & READ_ONLY);
}

static bool admits_null(const struct writing *writing, const struct property *row)
{
    if (writing->shape == SHAPE_SHOWN)
        return row->flags & NULLABLE;
    return row->flags & READ_ONLY || (row->flags & NULLABLE && !(row->flags & REQUIRED));
}

static void write_type(const struct writing *writing, const char *type, bool with_null)
{
    json_key(writing->writer, "type");
    if (!with_null) {
        json_text(writing->writer, type);
        return;
    }
    json_open_array(writing->writer);
    json_text(writing->writer, type);
    json_text(writing->writer, "null");
    json_close_array(writing->writer);
}

static void write_length(const struct writing *writing, const struct property *row)
{
    if (!is_writable(writing, row))
        return;
    json_member_int(writing->writer, "minLength", row->min);
    json_member_int(writing->writer, "maxLength", row->max ? row->max : TEXT_CHARACTERS_MAX);
}

static void write_string(const struct writing *writing, const struct property *row)
{
    write_type(writing, "string", admits_null(writing, row));
    write_length(writing, row);
    if (is_writable(writing, row) && row->type == PROPERTY_STRING && row->detail)
        json_member(writing->writer, "description",
                    ((const struct text_form *)row->detail)->must_be);
}

static void write_int(const struct writing *writing, const struct property *row)
{
    write_type(writing, "integer", admits_null(writing, row));
    json_member(writing->writer, "format", row->max > INT32_MAX ? "int64" : "int32");
    if (is_writable(writing, row) && row->max) {
        json_member_int(writing->writer, "minimum", row->min);
        json_member_int(writing->writer, "maximum", row->max);
    }
}

static void write_bool(const struct writing *writing, const struct property *row)
{
    write_type(writing, "boolean", admits_null(writing, row));
}

static void write_time(const struct writing *writing, const struct property *row)
{
    write_type(writing, "string", admits_null(writing, row));
    json_member(writing->writer, "format", "date-time");
}

/* The sentinel is no value to choose, nor is "unknown" where one is needed. */
static bool is_choice(const struct writing *writing, const struct property *row, size_t index)
{
    const struct enum_texts *texts = row->detail;
    if (!texts->text[index])
        return false;
    return !is_writable(writing, row) ||
           ((int64_t)index != texts->sentinel && (index > 0 || !(row->flags & REQUIRED)));
}

static void write_enum(const struct writing *writing, const struct property *row)
{
    const struct enum_texts *texts = row->detail;
    json_key(writing->writer, "enum");
    json_open_array(writing->writer);
    for (size_t i = 0; i < texts->count; i++)
        if (is_choice(writing, row, i))
            json_text(writing->writer, texts->text[i]);
    if (admits_null(writing, row))
        json_none(writing->writer);
    json_close_array(writing->writer);
}

static void write_binary(const struct writing *writing, const struct property *row)
{
    write_type(writing, "string", admits_null(writing, row));
    json_member(writing->writer, "contentEncoding", "base64");
}

static int64_t items_max(const struct property *row)
{
    const struct collection_form *form = row->type == PROPERTY_STRINGS ? row->detail : NULL;
    return form ? (int64_t)form->items_max : COLLECTION_ITEMS_MAX;
}

static void open_array(const struct writing *writing, const struct property *row)
{
    write_type(writing, "array", admits_null(writing, row));
    if (is_writable(writing, row))
        json_member_int(writing->writer, "maxItems", items_max(row));
    json_key(writing->writer, "items");
}

static void write_strings(const struct writing *writing, const struct property *row)
{
    open_array(writing, row);
    json_open_object(writing->writer);
    json_member(writing->writer, "type", "string");
    write_length(writing, row);
    json_close_object(writing->writer);
}

static void write_reference(const struct writing *writing, const struct entity *entity)
{
    enum shape nested = writing->shape == SHAPE_SHOWN ? SHAPE_SHOWN : SHAPE_CREATE;
    openapi_write_reference(writing->writer, writing->schema, entity, nested);
}

static void write_reference_or_null(const struct writing *writing, const struct entity *entity)
{
    json_key(writing->writer, "anyOf");
    json_open_array(writing->writer);
    write_reference(writing, entity);
    json_open_object(writing->writer);
    json_member(writing->writer, "type", "null");
    json_close_object(writing->writer);
    json_close_array(writing->writer);
}

static void write_complex(const struct writing *writing, const struct property *row)
{
    if (admits_null(writing, row)) {
        write_reference_or_null(writing, row->detail);
        return;
    }
    json_key(writing->writer, "allOf");
    json_open_array(writing->writer);
    write_reference(writing, row->detail);
    json_close_array(writing->writer);
}

static void write_complexes(const struct writing *writing, const struct property *row)
{
    open_array(writing, row);
    write_reference(writing, row->detail);
}

typedef void write_fn(const struct writing *writing, const struct property *row);

static write_fn *const writers[] = {
    // clang-format off
    [PROPERTY_STRING]    = write_string,
    [PROPERTY_INT]       = write_int,
    [PROPERTY_BOOL]      = write_bool,
    [PROPERTY_TIME]      = write_time,
    [PROPERTY_ENUM]      = write_enum,
    [PROPERTY_BINARY]    = write_binary,
    [PROPERTY_HEX]       = write_string,
    [PROPERTY_STRINGS]   = write_strings,
    [PROPERTY_COMPLEX]   = write_complex,
    [PROPERTY_COMPLEXES] = write_complexes,
    [PROPERTY_DERIVED]   = write_string,
    // clang-format on
};

static bool is_member(const struct writing *writing, const struct property *row)
{
    return row->name && !(writing->shape == SHAPE_SHOWN && row->flags & WRITE_ONLY);
}

static bool is_required(const struct writing *writing, const struct property *row)
{
    if (writing->shape == SHAPE_SHOWN)
        return true;
    return writing->shape == SHAPE_CREATE && row->flags & REQUIRED && !(row->flags & READ_ONLY);
}

static void write_member(const struct writing *writing, const struct property *row)
{
    json_key(writing->writer, row->name);
    json_open_object(writing->writer);
    writers[row->type](writing, row);
    if (writing->shape != SHAPE_SHOWN && row->flags & READ_ONLY) {
        json_key(writing->writer, "readOnly");
        json_bool(writing->writer, true);
    }
    json_close_object(writing->writer);
}

/* What hangs on the entity is shown within it when it is expanded. */
static void write_link(const struct writing *writing, const struct link *link)
{
    if (link->flags & LINK_PATH_ONLY)
        return;
    json_key(writing->writer, link->name);
    json_open_object(writing->writer);
    if (link->flags & LINK_COLLECTION) {
        json_member(writing->writer, "type", "array");
        json_key(writing->writer, "items");
        write_reference(writing, link->target);
    } else {
        write_reference_or_null(writing, link->target);
    }
    json_close_object(writing->writer);
}

static void write_members(const struct writing *writing, const struct entity *entity)
{
    json_key(writing->writer, "properties");
    json_open_object(writing->writer);
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (is_member(writing, row))
            write_member(writing, row);
    if (writing->shape == SHAPE_SHOWN)
        for (const struct link *link = entity->links; link && link->name; link++)
            write_link(writing, link);
    json_close_object(writing->writer);
}

static void write_required(const struct writing *writing, const struct entity *entity)
{
    json_key(writing->writer, "required");
    json_open_array(writing->writer);
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (is_member(writing, row) && is_required(writing, row))
            json_text(writing->writer, row->name);
    json_close_array(writing->writer);
}

/* What derives from it may stand in its place and has members of its own. */
static bool may_have_more(const struct schema *schema, const struct entity *entity)
{
    const struct schema_type *type;
    STAILQ_FOREACH (type, &schema->types, next)
        if (type->entity != entity && schema_is_kind_of(entity_base(type->entity), entity))
            return true;
    return entity->is_open;
}

/* Annotations may stand anywhere; nothing else that has no row does. */
static void write_closing(const struct writing *writing, const struct entity *entity)
{
    if (may_have_more(writing->schema, entity))
        return;
    json_key(writing->writer, "patternProperties");
    json_open_object(writing->writer);
    json_key(writing->writer, "@");
    json_bool(writing->writer, true);
    json_close_object(writing->writer);
    json_key(writing->writer, "additionalProperties");
    json_bool(writing->writer, false);
}

void openapi_write_reference(struct json_writer *writer, const struct schema *schema,
                             const struct entity *entity, enum shape shape)
{
    json_open_object(writer);
    json_member(writer, "$ref",
                arena_format(schema->arena, "#/components/schemas/%s%s",
                             schema_name(schema, entity), suffixes[shape]));
    json_close_object(writer);
}

void openapi_write_object(struct json_writer *writer, const struct schema *schema,
                          const struct entity *entity, enum shape shape)
{
    const struct writing writing = { writer, schema, shape };
    json_open_object(writer);
    json_member(writer, "type", "object");
    write_members(&writing, entity);
    write_required(&writing, entity);
    write_closing(&writing, entity);
    json_close_object(writer);
}

void openapi_write_types(struct json_writer *writer, const struct schema *schema)
{
    const struct schema_type *type;
    STAILQ_FOREACH (type, &schema->types, next)
        for (enum shape shape = SHAPE_SHOWN; shape <= SHAPE_CHANGE; shape++) {
            json_key(writer, arena_format(schema->arena, "%s%s", schema_name(schema, type->entity),
                                          suffixes[shape]));
            openapi_write_object(writer, schema, type->entity, shape);
        }
}
