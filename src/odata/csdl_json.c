#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "odata/csdl.h"
#include "odata/csdl_inside.h"
#include "odata/options.h"
#include "odata/schema.h"

static void write_flag(struct json_writer *writer, const char *name)
{
    json_key(writer, name);
    json_bool(writer, true);
}

static void write_reference(struct json_writer *writer, const struct schema *schema,
                            const struct csdl_vocabulary *vocabulary)
{
    json_key(writer, arena_format(schema->arena, "%s.json", vocabulary->url));
    json_open_object(writer);
    json_key(writer, "$Include");
    json_open_array(writer);
    json_open_object(writer);
    json_member(writer, "$Namespace", vocabulary->space);
    json_member(writer, "$Alias", vocabulary->alias);
    json_close_object(writer);
    json_close_array(writer);
    json_close_object(writer);
}

static void write_references(struct json_writer *writer, const struct schema *schema)
{
    json_key(writer, "$Reference");
    json_open_object(writer);
    for (const struct csdl_vocabulary *row = csdl_vocabularies; row->url; row++)
        write_reference(writer, schema, row);
    json_close_object(writer);
}

static void write_enum(struct json_writer *writer, const struct enum_texts *texts)
{
    json_key(writer, texts->name);
    json_open_object(writer);
    json_member(writer, "$Kind", "EnumType");
    for (size_t i = 0; i < texts->count; i++)
        if (texts->text[i])
            json_member_int(writer, texts->text[i], schema_enum_value(texts, i));
    json_close_object(writer);
}

/* CSDL JSON §7: a String unless it says another type, never null unless it says so. */
static void write_type(struct json_writer *writer, const struct schema *schema,
                       const struct property *row)
{
    const char *type = schema_type_name(schema, row);
    if (!text_equal(type, "Edm.String"))
        json_member(writer, "$Type", type);
    if (row->type == PROPERTY_TIME)
        json_member_int(writer, "$Precision", 0);
    if (schema_is_collection(row)) /* where it is the items that might be null */
        write_flag(writer, "$Collection");
    else if (row->flags & NULLABLE)
        write_flag(writer, "$Nullable");
}

static void write_link(struct json_writer *writer, const struct schema *schema, const char *name,
                       const struct entity *target, unsigned flags)
{
    json_key(writer, name);
    json_open_object(writer);
    json_member(writer, "$Kind", "NavigationProperty");
    json_member(writer, "$Type", schema_name(schema, target));
    write_flag(writer, flags & LINK_COLLECTION ? "$Collection" : "$Nullable");
    if (!(flags & LINK_OUTSIDE))
        write_flag(writer, "$ContainsTarget");
    json_close_object(writer);
}

static void write_property(struct json_writer *writer, const struct schema *schema,
                           const struct property *row)
{
    const char *term = csdl_term_of(row);
    if (row->flags & CONTAINED) {
        write_link(writer, schema, row->name, row->detail, LINK_COLLECTION);
        return;
    }
    json_key(writer, row->name);
    json_open_object(writer);
    write_type(writer, schema, row);
    if (term)
        write_flag(writer, arena_format(schema->arena, "@%s", term));
    json_close_object(writer);
}

static void write_links(struct json_writer *writer, const struct schema *schema,
                        const struct entity *entity)
{
    const struct schema_link *shown;
    for (const struct link *link = entity->links; link && link->name; link++)
        if (schema_is_own_link(entity, link->name))
            write_link(writer, schema, link->name, link->target, link->flags);
    STAILQ_FOREACH (shown, &schema->links, next)
        if (shown->owner == entity)
            write_link(writer, schema, shown->name, shown->target,
                       shown->is_collection ? LINK_COLLECTION : 0);
}

static void write_key(struct json_writer *writer, const struct property *key)
{
    json_key(writer, "$Key");
    json_open_array(writer);
    json_text(writer, key->name);
    json_close_array(writer);
}

static void write_entity(struct json_writer *writer, const struct schema *schema,
                         const struct entity *entity)
{
    const struct entity *base = entity_base(entity);
    const struct property *key = entity_key(entity);
    json_key(writer, entity->name);
    json_open_object(writer);
    json_member(writer, "$Kind", key ? "EntityType" : "ComplexType");
    if (base)
        json_member(writer, "$BaseType", schema_name(schema, base));
    else if (key)
        write_key(writer, key);
    if (entity->is_abstract)
        write_flag(writer, "$Abstract");
    if (entity->is_open)
        write_flag(writer, "$OpenType");
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (schema_is_own(entity, row))
            write_property(writer, schema, row);
    write_links(writer, schema, entity);
    json_close_object(writer);
}

static void write_parameter(struct json_writer *writer, const struct schema *schema,
                            const struct property *row)
{
    json_open_object(writer);
    json_member(writer, "$Name", row->name);
    write_type(writer, schema, row);
    if (!(row->flags & REQUIRED))
        write_flag(writer, "@" CSDL_OPTIONAL);
    json_close_object(writer);
}

static void write_parameters(struct json_writer *writer, const struct schema *schema,
                             const struct schema_operation *operation)
{
    const struct entity *parameters = operation->parameters;
    const struct property *row = parameters ? parameters->properties : NULL;
    json_key(writer, "$Parameter");
    json_open_array(writer);
    json_open_object(writer);
    json_member(writer, "$Name", "bindingParameter");
    json_member(writer, "$Type", schema_name(schema, operation->bound_to));
    if (operation->is_bound_to_collection)
        write_flag(writer, "$Collection");
    json_close_object(writer);
    for (; row && !property_is_last(row); row++)
        if (row->name && !(row->flags & READ_ONLY))
            write_parameter(writer, schema, row);
    json_close_array(writer);
}

static void write_return(struct json_writer *writer, const struct schema_operation *operation)
{
    json_key(writer, "$ReturnType");
    json_open_object(writer);
    json_member(writer, "$Type", operation->returns);
    if (operation->returns_collection)
        write_flag(writer, "$Collection");
    json_close_object(writer);
}

static void write_overload(struct json_writer *writer, const struct schema *schema,
                           const struct schema_operation *operation)
{
    json_open_object(writer);
    json_member(writer, "$Kind", operation->is_function ? "Function" : "Action");
    write_flag(writer, "$IsBound");
    write_parameters(writer, schema, operation);
    if (operation->returns)
        write_return(writer, operation);
    json_close_object(writer);
}

static bool is_overload(const struct schema_operation *a, const struct schema_operation *b)
{
    return text_equal(a->name, b->name) && text_equal(a->space, b->space);
}

static bool is_first(const struct schema *schema, const struct schema_operation *operation)
{
    const struct schema_operation *known;
    STAILQ_FOREACH (known, &schema->operations, next)
        if (is_overload(known, operation))
            return known == operation;
    return false;
}

/* CSDL JSON §12: what is bound to several types stands in one array. */
static void write_operation(struct json_writer *writer, const struct schema *schema,
                            const struct schema_operation *operation)
{
    const struct schema_operation *overload;
    if (!is_first(schema, operation))
        return;
    json_key(writer, operation->name);
    json_open_array(writer);
    STAILQ_FOREACH (overload, &schema->operations, next)
        if (is_overload(overload, operation))
            write_overload(writer, schema, overload);
    json_close_array(writer);
}

static void write_container(struct json_writer *writer, const struct schema *schema)
{
    const struct schema_root *root;
    json_key(writer, CSDL_CONTAINER);
    json_open_object(writer);
    json_member(writer, "$Kind", "EntityContainer");
    STAILQ_FOREACH (root, &schema->roots, next) {
        json_key(writer, root->name);
        json_open_object(writer);
        json_member(writer, "$Type", schema_name(schema, root->type));
        if (root->is_set)
            write_flag(writer, "$Collection");
        json_close_object(writer);
    }
    json_close_object(writer);
}

static void write_exceptions(struct json_writer *writer, const struct csdl_capability *capability,
                             const struct entity *entity)
{
    json_key(writer, capability->exceptions);
    json_open_array(writer);
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (csdl_is_exception(capability, row))
            json_text(writer, row->name);
    json_close_array(writer);
}

static void write_capability(struct json_writer *writer, const struct schema *schema,
                             const struct csdl_capability *capability,
                             const struct schema_type *type)
{
    json_key(writer, arena_format(schema->arena, "@%s", capability->term));
    if (capability->member) {
        json_open_object(writer);
        json_key(writer, capability->member);
    }
    json_bool(writer, type->options & capability->option);
    if (capability->exceptions)
        write_exceptions(writer, capability, type->entity);
    if (capability->member)
        json_close_object(writer);
}

static void write_capabilities(struct json_writer *writer, const struct schema *schema,
                               const char *space)
{
    const struct schema_type *type;
    json_key(writer, "$Annotations");
    json_open_object(writer);
    STAILQ_FOREACH (type, &schema->types, next) {
        if (!type->is_listed || !text_equal(entity_namespace(type->entity), space))
            continue;
        json_key(writer, schema_name(schema, type->entity));
        json_open_object(writer);
        for (const struct csdl_capability *row = csdl_capabilities; row->term; row++)
            write_capability(writer, schema, row, type);
        json_close_object(writer);
    }
    json_close_object(writer);
}

static void write_members(struct json_writer *writer, const struct schema *schema,
                          const char *space)
{
    const struct schema_enum *enumeration;
    const struct schema_type *type;
    const struct schema_operation *operation;
    STAILQ_FOREACH (enumeration, &schema->enums, next)
        if (text_equal(enumeration->space, space))
            write_enum(writer, enumeration->texts);
    STAILQ_FOREACH (type, &schema->types, next)
        if (text_equal(entity_namespace(type->entity), space))
            write_entity(writer, schema, type->entity);
    STAILQ_FOREACH (operation, &schema->operations, next)
        if (text_equal(operation->space, space))
            write_operation(writer, schema, operation);
}

static void write_space(struct json_writer *writer, const struct schema *schema, const char *space)
{
    bool is_main = text_equal(space, SCHEMA_MAIN_SPACE);
    json_key(writer, space);
    json_open_object(writer);
    if (is_main)
        json_member(writer, "$Alias", CSDL_MAIN_ALIAS);
    write_members(writer, schema, space);
    if (is_main)
        write_container(writer, schema);
    write_capabilities(writer, schema, space);
    json_close_object(writer);
}

void csdl_write_json(const struct schema *schema, struct buf *out)
{
    const struct schema_space *space;
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_member(&writer, "$Version", "4.01");
    json_member(&writer, "$EntityContainer", SCHEMA_MAIN_SPACE "." CSDL_CONTAINER);
    write_references(&writer, schema);
    STAILQ_FOREACH (space, &schema->spaces, next)
        write_space(&writer, schema, space->name);
    json_close_object(&writer);
}
