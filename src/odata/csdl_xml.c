#include "base/bytes.h"
#include "base/text.h"
#include "odata/csdl.h"
#include "odata/csdl_inside.h"
#include "odata/options.h"
#include "odata/schema.h"

#include <inttypes.h>

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n";

static void write_reference(const struct csdl_vocabulary *vocabulary, struct buf *out)
{
    buf_add_format(out,
                   "<edmx:Reference Uri=\"%s.xml\"><edmx:Include Namespace=\"%s\" Alias=\"%s\"/>"
                   "</edmx:Reference>\n",
                   vocabulary->url, vocabulary->space, vocabulary->alias);
}

static void write_enum(const struct schema_enum *enumeration, struct buf *out)
{
    const struct enum_texts *texts = enumeration->texts;
    buf_add_format(out, "<EnumType Name=\"%s\">\n", texts->name);
    for (size_t i = 0; i < texts->count; i++)
        if (texts->text[i])
            buf_add_format(out, "<Member Name=\"%s\" Value=\"%" PRId64 "\"/>\n", texts->text[i],
                           schema_enum_value(texts, i));
    buf_add_text(out, "</EnumType>\n");
}

/* Type="…", and Nullable where null is not admitted: it is by default. */
static void write_type(const struct schema *schema, const struct property *row, struct buf *out)
{
    buf_add_format(out, schema_is_collection(row) ? "Type=\"Collection(%s)\"" : "Type=\"%s\"",
                   schema_type_name(schema, row));
    if (!(row->flags & NULLABLE))
        buf_add_text(out, " Nullable=\"false\"");
}

static void write_link(const struct schema *schema, const char *name, const struct entity *target,
                       unsigned flags, struct buf *out)
{
    buf_add_format(out, "<NavigationProperty Name=\"%s\" ", name);
    buf_add_format(out, flags & LINK_COLLECTION ? "Type=\"Collection(%s)\"" : "Type=\"%s\"",
                   schema_name(schema, target));
    buf_add_text(out, flags & LINK_OUTSIDE ? "/>\n" : " ContainsTarget=\"true\"/>\n");
}

static void write_property(const struct schema *schema, const struct property *row, struct buf *out)
{
    const char *term = csdl_term_of(row);
    if (row->flags & CONTAINED) {
        write_link(schema, row->name, row->detail, LINK_COLLECTION, out);
        return;
    }
    buf_add_format(out, "<Property Name=\"%s\" ", row->name);
    write_type(schema, row, out);
    if (term)
        buf_add_format(out, "><Annotation Term=\"%s\" Bool=\"true\"/></Property>\n", term);
    else
        buf_add_text(out, "/>\n");
}

static void write_links(const struct schema *schema, const struct entity *entity, struct buf *out)
{
    const struct schema_link *shown;
    for (const struct link *link = entity->links; link && link->name; link++)
        if (schema_is_own_link(entity, link->name))
            write_link(schema, link->name, link->target, link->flags, out);
    STAILQ_FOREACH (shown, &schema->links, next)
        if (shown->owner == entity)
            write_link(schema, shown->name, shown->target,
                       shown->is_collection ? LINK_COLLECTION : 0, out);
}

static void write_entity(const struct schema *schema, const struct entity *entity, struct buf *out)
{
    const struct entity *base = entity_base(entity);
    const struct property *key = entity_key(entity);
    const char *element = key ? "EntityType" : "ComplexType";
    buf_add_format(out, "<%s Name=\"%s\"", element, entity->name);
    if (base)
        buf_add_format(out, " BaseType=\"%s\"", schema_name(schema, base));
    buf_add_format(out, "%s%s>\n", entity->is_abstract ? " Abstract=\"true\"" : "",
                   entity->is_open ? " OpenType=\"true\"" : "");
    if (key && !base)
        buf_add_format(out, "<Key><PropertyRef Name=\"%s\"/></Key>\n", key->name);
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (schema_is_own(entity, row))
            write_property(schema, row, out);
    write_links(schema, entity, out);
    buf_add_format(out, "</%s>\n", element);
}

static void write_parameter(const struct schema *schema, const struct property *row,
                            struct buf *out)
{
    buf_add_format(out, "<Parameter Name=\"%s\" ", row->name);
    write_type(schema, row, out);
    if (row->flags & REQUIRED)
        buf_add_text(out, "/>\n");
    else
        buf_add_text(out, "><Annotation Term=\"" CSDL_OPTIONAL "\"/></Parameter>\n");
}

static void write_operation(const struct schema *schema, const struct schema_operation *operation,
                            struct buf *out)
{
    const char *element = operation->is_function ? "Function" : "Action";
    const struct entity *parameters = operation->parameters;
    buf_add_format(out, "<%s Name=\"%s\" IsBound=\"true\">\n", element, operation->name);
    buf_add_format(
        out,
        operation->is_bound_to_collection
            ? "<Parameter Name=\"bindingParameter\" Type=\"Collection(%s)\" Nullable=\"false\"/>\n"
            : "<Parameter Name=\"bindingParameter\" Type=\"%s\" Nullable=\"false\"/>\n",
        schema_name(schema, operation->bound_to));
    const struct property *row = parameters ? parameters->properties : NULL;
    for (; row && !property_is_last(row); row++)
        if (row->name && !(row->flags & READ_ONLY))
            write_parameter(schema, row, out);
    if (operation->returns)
        buf_add_format(out,
                       operation->returns_collection
                           ? "<ReturnType Type=\"Collection(%s)\" Nullable=\"false\"/>\n"
                           : "<ReturnType Type=\"%s\" Nullable=\"false\"/>\n",
                       operation->returns);
    buf_add_format(out, "</%s>\n", element);
}

static void write_container(const struct schema *schema, struct buf *out)
{
    const struct schema_root *root;
    buf_add_text(out, "<EntityContainer Name=\"" CSDL_CONTAINER "\">\n");
    STAILQ_FOREACH (root, &schema->roots, next)
        buf_add_format(out,
                       root->is_set ? "<EntitySet Name=\"%s\" EntityType=\"%s\"/>\n"
                                    : "<Singleton Name=\"%s\" Type=\"%s\"/>\n",
                       root->name, schema_name(schema, root->type));
    buf_add_text(out, "</EntityContainer>\n");
}

static void write_restriction(const struct csdl_capability *capability,
                              const struct schema_type *type, struct buf *out)
{
    const char *text = type->options & capability->option ? "true" : "false";
    if (!capability->member) {
        buf_add_format(out, "<Annotation Term=\"%s\" Bool=\"%s\"/>\n", capability->term, text);
        return;
    }
    buf_add_format(out,
                   "<Annotation Term=\"%s\"><Record><PropertyValue Property=\"%s\" "
                   "Bool=\"%s\"/>",
                   capability->term, capability->member, text);
    if (capability->exceptions) {
        buf_add_format(out, "<PropertyValue Property=\"%s\"><Collection>", capability->exceptions);
        const struct property *row = type->entity->properties;
        for (; !property_is_last(row); row++)
            if (csdl_is_exception(capability, row))
                buf_add_format(out, "<PropertyPath>%s</PropertyPath>", row->name);
        buf_add_text(out, "</Collection></PropertyValue>");
    }
    buf_add_text(out, "</Record></Annotation>\n");
}

static void write_capabilities(const struct schema *schema, const struct schema_type *type,
                               struct buf *out)
{
    buf_add_format(out, "<Annotations Target=\"%s\">\n", schema_name(schema, type->entity));
    for (const struct csdl_capability *row = csdl_capabilities; row->term; row++)
        write_restriction(row, type, out);
    buf_add_text(out, "</Annotations>\n");
}

static void write_space(const struct schema *schema, const char *space, struct buf *out)
{
    const struct schema_enum *enumeration;
    const struct schema_type *type;
    const struct schema_operation *operation;
    bool is_main = text_equal(space, SCHEMA_MAIN_SPACE);
    buf_add_format(out,
                   "<Schema Namespace=\"%s\"%s "
                   "xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
                   space, is_main ? " Alias=\"" CSDL_MAIN_ALIAS "\"" : "");
    STAILQ_FOREACH (enumeration, &schema->enums, next)
        if (text_equal(enumeration->space, space))
            write_enum(enumeration, out);
    STAILQ_FOREACH (type, &schema->types, next)
        if (text_equal(entity_namespace(type->entity), space))
            write_entity(schema, type->entity, out);
    STAILQ_FOREACH (operation, &schema->operations, next)
        if (text_equal(operation->space, space))
            write_operation(schema, operation, out);
    if (is_main)
        write_container(schema, out);
    STAILQ_FOREACH (type, &schema->types, next)
        if (type->is_listed && text_equal(entity_namespace(type->entity), space))
            write_capabilities(schema, type, out);
    buf_add_text(out, "</Schema>\n");
}

void csdl_write_xml(const struct schema *schema, struct buf *out)
{
    buf_add_text(out, head);
    for (const struct csdl_vocabulary *row = csdl_vocabularies; row->url; row++)
        write_reference(row, out);
    buf_add_text(out, "<edmx:DataServices>\n");
    const struct schema_space *space;
    STAILQ_FOREACH (space, &schema->spaces, next)
        write_space(schema, space->name, out);
    buf_add_text(out, "</edmx:DataServices>\n</edmx:Edmx>\n");
}
