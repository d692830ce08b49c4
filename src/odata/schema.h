/*
 * schema - an API as its callers see it: types, what hangs on them, what can be done where.
 *
 * graph/ describes its tables in one; csdl.h and openapi.h write it. What is in it is borrowed
 * from tables or lives in its arena. A type is its namespace and name: entities that share both
 * are views of one type, and the one with links stands for it.
 */
#pragma once

#include "model/property.h"

#include <stdbool.h>
#include <sys/queue.h>

struct arena;

struct schema_space {
    const char *name;
    STAILQ_ENTRY(schema_space) next;
};

struct schema_type {
    const struct entity *entity;
    bool is_listed;
    unsigned options; /* OPTION_… of its lists */
    STAILQ_ENTRY(schema_type) next;
};

/* An enum belongs to the namespace of what first uses it. */
struct schema_enum {
    const struct enum_texts *texts;
    const char *space;
    STAILQ_ENTRY(schema_enum) next;
};

/* A navigation property that no struct link describes: only a path shows it. */
struct schema_link {
    const struct entity *owner;
    const char *name;
    const struct entity *target;
    bool is_collection;
    STAILQ_ENTRY(schema_link) next;
};

/* An action or function, bound. */
struct schema_operation {
    const char *name;
    const char *space;
    const struct entity *bound_to;
    bool is_bound_to_collection;
    bool is_function;                /* changes nothing */
    const struct entity *parameters; /* NULL: none */
    const char *returns;             /* "Edm.Stream", "microsoft.graph.entity"; NULL: nothing */
    bool returns_collection;
    STAILQ_ENTRY(schema_operation) next;
};

/* Where paths begin: an entity set, or one object. */
struct schema_root {
    const char *name;
    const struct entity *type;
    bool is_set;
    STAILQ_ENTRY(schema_root) next;
};

enum schema_content {
    CONTENT_NOTHING,
    CONTENT_ENTITY,
    CONTENT_COLLECTION,
    CONTENT_COUNT,
    CONTENT_DOCUMENT
};

/* One method of one path. */
struct schema_route {
    const char *name;
    const char *method; /* "get" */
    const char *path;   /* "/applications/{application}" */
    int status;         /* when it is done */
    enum schema_content content;
    const struct entity *type; /* of ENTITY and COLLECTION */
    const struct entity *body; /* NULL: none */
    bool body_is_change;       /* any members, none required */
    bool body_is_parameters;   /* of an action: no type of the schema */
    bool is_read;
    unsigned options;
    bool is_open;       /* without a token */
    const char *scopes; /* least privilege first, a blank between: one of them is
                           needed; NULL: any token will do */
    const char *roles;  /* ", " between: a delegated caller needs one; NULL: none */
    STAILQ_ENTRY(schema_route) next;
};

/* A status that any route may answer with instead. */
struct schema_refusal {
    int status;
    bool is_of_changes; /* never of a GET */
    const char *meaning;
};

struct schema {
    struct arena *arena;
    const char *url; /* "https://…/beta" */
    STAILQ_HEAD(, schema_space) spaces;
    STAILQ_HEAD(, schema_type) types; /* what is derived from stands first */
    STAILQ_HEAD(, schema_enum) enums;
    STAILQ_HEAD(, schema_link) links;
    STAILQ_HEAD(, schema_operation) operations;
    STAILQ_HEAD(, schema_root) roots;
    STAILQ_HEAD(, schema_route) routes;
    const struct schema_refusal *refusals; /* ends with a status of 0 */
};

#define SCHEMA_MAIN_SPACE "microsoft.graph"

void schema_init(struct schema *schema, struct arena *arena);

/* With what it derives from, is made of and links to. */
struct schema_type *schema_add_type(struct schema *schema, const struct entity *entity);

/* What rows are made of; space: whose rows they are. */
void schema_add_members(struct schema *schema, const struct entity *entity, const char *space);

/* Each once, however often it is added. */
void schema_add_link(struct schema *schema, const struct schema_link *link);
void schema_add_operation(struct schema *schema, const struct schema_operation *operation);
void schema_add_root(struct schema *schema, const struct schema_root *root);
void schema_add_route(struct schema *schema, const struct schema_route *route);

/* "microsoft.graph.entity" */
const char *schema_name(const struct schema *schema, const struct entity *entity);

/* "Edm.String", "microsoft.graph.extendedKeyUsage": of one item, if it is a collection. */
const char *schema_type_name(const struct schema *schema, const struct property *property);
bool schema_is_collection(const struct property *property);

/* A row that the type has itself, and that the API shows: not inherited. */
bool schema_is_own(const struct entity *entity, const struct property *property);
bool schema_is_own_link(const struct entity *entity, const char *name);

/* Whether it, or what it derives from, is one of these. */
bool schema_is_kind_of(const struct entity *entity, const struct entity *ancestor);

/* The number that a text of an enum has outside: what stands for null here has none there. */
int64_t schema_enum_value(const struct enum_texts *texts, size_t index);
