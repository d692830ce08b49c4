#include "odata/schema.h"

#include "base/arena.h"
#include "base/text.h"

static bool is_same_type(const struct entity *a, const struct entity *b)
{
    return text_equal(a->name, b->name) && text_equal(entity_namespace(a), entity_namespace(b));
}

static void add_space(struct schema *schema, const char *name)
{
    struct schema_space *space;
    STAILQ_FOREACH (space, &schema->spaces, next)
        if (text_equal(space->name, name))
            return;
    space = arena_take(schema->arena, sizeof *space);
    space->name = name;
    STAILQ_INSERT_TAIL(&schema->spaces, space, next);
}

static struct schema_type *find_type(struct schema *schema, const struct entity *entity)
{
    struct schema_type *type;
    STAILQ_FOREACH (type, &schema->types, next)
        if (is_same_type(type->entity, entity))
            return type;
    return NULL;
}

static const struct schema_enum *find_enum(const struct schema *schema,
                                           const struct enum_texts *texts)
{
    const struct schema_enum *found;
    STAILQ_FOREACH (found, &schema->enums, next)
        if (found->texts == texts)
            return found;
    return NULL;
}

static void add_enum(struct schema *schema, const struct enum_texts *texts, const char *space)
{
    if (find_enum(schema, texts))
        return;
    struct schema_enum *added = arena_take(schema->arena, sizeof *added);
    added->texts = texts;
    added->space = space;
    STAILQ_INSERT_TAIL(&schema->enums, added, next);
}

static bool is_nested(const struct property *property)
{
    return property->type == PROPERTY_COMPLEX || property->type == PROPERTY_COMPLEXES;
}

static void add_links(struct schema *schema, const struct entity *entity)
{
    for (const struct link *link = entity->links; link && link->name; link++)
        (void)schema_add_type(schema, link->target);
}

void schema_init(struct schema *schema, struct arena *arena)
{
    *schema = (struct schema){ .arena = arena };
    STAILQ_INIT(&schema->spaces);
    STAILQ_INIT(&schema->types);
    STAILQ_INIT(&schema->enums);
    STAILQ_INIT(&schema->links);
    STAILQ_INIT(&schema->operations);
    STAILQ_INIT(&schema->roots);
    STAILQ_INIT(&schema->routes);
    add_space(schema, SCHEMA_MAIN_SPACE);
}

struct schema_type *schema_add_type(struct schema *schema, const struct entity *entity)
{
    struct schema_type *type = find_type(schema, entity);
    bool has_more = type && !type->entity->links && entity->links;
    if (type && !has_more)
        return type;
    if (!type) {
        if (entity_base(entity))
            (void)schema_add_type(schema, entity_base(entity));
        type = arena_take(schema->arena, sizeof *type);
        STAILQ_INSERT_TAIL(&schema->types, type, next);
    }
    type->entity = entity;
    add_space(schema, entity_namespace(entity));
    schema_add_members(schema, entity, entity_namespace(entity));
    add_links(schema, entity);
    for (const struct entity *const *kind = entity->kinds; kind && *kind; kind++)
        (void)schema_add_type(schema, *kind);
    return type;
}

void schema_add_members(struct schema *schema, const struct entity *entity, const char *space)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!row->name || text_equal(row->name, PROPERTY_OF_TYPE))
            continue;
        if (row->type == PROPERTY_ENUM)
            add_enum(schema, row->detail, space);
        else if (is_nested(row))
            (void)schema_add_type(schema, row->detail);
    }
}

void schema_add_link(struct schema *schema, const struct schema_link *link)
{
    struct schema_link *known;
    if (entity_link(link->owner, link->name) >= 0 || !schema_is_own_link(link->owner, link->name))
        return;
    STAILQ_FOREACH (known, &schema->links, next)
        if (is_same_type(known->owner, link->owner) && text_equal(known->name, link->name))
            return;
    known = arena_take(schema->arena, sizeof *known);
    *known = *link;
    STAILQ_INSERT_TAIL(&schema->links, known, next);
}

void schema_add_operation(struct schema *schema, const struct schema_operation *operation)
{
    struct schema_operation *known;
    STAILQ_FOREACH (known, &schema->operations, next)
        if (text_equal(known->name, operation->name) &&
            text_equal(known->space, operation->space) &&
            is_same_type(known->bound_to, operation->bound_to) &&
            known->is_bound_to_collection == operation->is_bound_to_collection)
            return;
    known = arena_take(schema->arena, sizeof *known);
    *known = *operation;
    add_space(schema, operation->space);
    STAILQ_INSERT_TAIL(&schema->operations, known, next);
}

void schema_add_root(struct schema *schema, const struct schema_root *root)
{
    struct schema_root *known;
    STAILQ_FOREACH (known, &schema->roots, next)
        if (text_equal(known->name, root->name))
            return;
    known = arena_take(schema->arena, sizeof *known);
    *known = *root;
    STAILQ_INSERT_TAIL(&schema->roots, known, next);
}

void schema_add_route(struct schema *schema, const struct schema_route *route)
{
    struct schema_route *added = arena_take(schema->arena, sizeof *added);
    *added = *route;
    STAILQ_INSERT_TAIL(&schema->routes, added, next);
}

const char *schema_name(const struct schema *schema, const struct entity *entity)
{
    return arena_format(schema->arena, "%s.%s", entity_namespace(entity), entity->name);
}

const char *schema_type_name(const struct schema *schema, const struct property *property)
{
    static const char *const primitive[] = {
        // clang-format off
        [PROPERTY_STRING]  = "Edm.String",
        [PROPERTY_INT]     = "Edm.Int32",
        [PROPERTY_BOOL]    = "Edm.Boolean",
        [PROPERTY_TIME]    = "Edm.DateTimeOffset",
        [PROPERTY_BINARY]  = "Edm.Binary",
        [PROPERTY_HEX]     = "Edm.String",
        [PROPERTY_STRINGS] = "Edm.String",
        [PROPERTY_DERIVED] = "Edm.String",
        // clang-format on
    };
    if (is_nested(property))
        return schema_name(schema, property->detail);
    if (property->type == PROPERTY_ENUM) {
        const struct schema_enum *found = find_enum(schema, property->detail);
        return arena_format(schema->arena, "%s.%s", found->space, found->texts->name);
    }
    return property->type == PROPERTY_INT && property->max > INT32_MAX ? "Edm.Int64"
                                                                       : primitive[property->type];
}

bool schema_is_collection(const struct property *property)
{
    return property->type == PROPERTY_STRINGS || property->type == PROPERTY_COMPLEXES;
}

/* It has the rows of all its kinds: those are theirs. */
static bool is_of_a_kind(const struct entity *entity, const char *name)
{
    for (const struct entity *const *kind = entity->kinds; kind && *kind; kind++)
        if (property_find(*kind, name))
            return true;
    return false;
}

bool schema_is_own(const struct entity *entity, const struct property *property)
{
    const struct entity *base = entity_base(entity);
    const char *name = property->name;
    if (!name || text_equal(name, PROPERTY_OF_TYPE) || is_of_a_kind(entity, name))
        return false;
    return !base || !property_find(base, name) || is_of_a_kind(base, name);
}

bool schema_is_own_link(const struct entity *entity, const char *name)
{
    for (const struct entity *base = entity_base(entity); base; base = entity_base(base))
        if (entity_link(base, name) >= 0)
            return false;
    return true;
}

bool schema_is_kind_of(const struct entity *entity, const struct entity *ancestor)
{
    for (; entity; entity = entity_base(entity))
        if (is_same_type(entity, ancestor))
            return true;
    return false;
}

int64_t schema_enum_value(const struct enum_texts *texts, size_t index)
{
    return (int64_t)index - (texts->text[0] ? 0 : 1);
}
