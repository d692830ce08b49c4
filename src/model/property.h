/*
 * property - an entity described once: JSON in and out, OData, SQL columns and bind order all
 * walk the same rows.
 *
 * Structs hold text as `const char *` (in an arena, NULL is null), integers and enums as
 * int64_t, booleans as bool, times as time_t with 0 for null, octets as struct bytes, collections
 * as struct strings or struct list. A new property is one row, one member, one migration.
 *
 * A status that time changes has two rows for one member: a HIDDEN | WRITTEN_ONLY one names the
 * stored column, and a COMPUTED one, which the API names, reads it through an expression over
 * the row and $now. So the member always holds what is true at `now`, and what is written back
 * is what was true then.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum property_type {
    PROPERTY_STRING, /* detail: struct text_form, or NULL */
    PROPERTY_INT,
    PROPERTY_BOOL,
    PROPERTY_TIME,      /* DateTimeOffset */
    PROPERTY_ENUM,      /* detail: struct enum_texts */
    PROPERTY_BINARY,    /* base64 in JSON */
    PROPERTY_HEX,       /* octets, upper-case hex in JSON */
    PROPERTY_STRINGS,   /* collection of String; detail: struct collection_form, or NULL. A JSON
                           text column */
    PROPERTY_COMPLEX,   /* one nested value; detail: struct entity. A JSON text column, or none:
                           then the members within have rows of their own, HIDDEN */
    PROPERTY_COMPLEXES, /* collection of nested values; likewise */
    PROPERTY_DERIVED,   /* String made from the struct by detail: struct derivation; no column */
};

enum property_flag {
    KEY = 1 << 0,         /* the id */
    FILTER = 1 << 1,      /* $filter may name it */
    SORT = 1 << 2,        /* $orderby may name it */
    READ_ONLY = 1 << 3,   /* the server's: ignored on create, refused on PATCH if it differs */
    CREATE_ONLY = 1 << 4, /* the client's on create, refused on PATCH if it differs */
    REQUIRED = 1 << 5,    /* on create */
    NULLABLE = 1 << 6,    /* null may be shown, and given unless REQUIRED */
    HIDDEN = 1 << 7,      /* a column without a JSON member */
    COMPUTED = 1 << 8,    /* the column is an SQL expression over the row and $now; never written */
    WRITE_ONLY = 1 << 9,  /* never shown */

    /* A column that is sorted by is NOT NULL: absence is '' or no octets there. */
    NULL_AS_EMPTY = 1 << 10, /* NULL is written as '' */
    EMPTY_AS_NULL = 1 << 11, /* '' is read as NULL */
    WRITTEN_ONLY = 1 << 12,  /* written but not read: a COMPUTED row reads the member */

    ZERO_AS_NULL = 1 << 13, /* COMPLEX: null when all its octets are zero */

    SEARCH = 1 << 14, /* $search looks into it */

    SECRET = 1 << 15, /* a reply that shows it is not compressed */

    CONTAINED = 1 << 16, /* COMPLEXES: entities of their own in the metadata, always shown inside */

    RANGED = 1 << 17, /* indexed: a list that is limited to a range of it is in its order */

    BULKY = 1 << 18, /* is not read for the lists of the API: nothing in them comes from it */

    LISTED = FILTER | SORT,
    ABSENT_AS_EMPTY = NULL_AS_EMPTY | EMPTY_AS_NULL,
};

/* Texts by number; text[0] is "unknown". Members after the sentinel are shown only on request. */
struct enum_texts {
    const char *name; /* "cloudCertificationAuthorityStatus" */
    const char *const *text;
    size_t count;
    int64_t sentinel; /* number of unknownFutureValue; -1 without */
};

/* Number of a text, -1 when unknown; texts compare exactly. */
int64_t enum_from_text(const struct enum_texts *texts, const char *text);
const char *enum_text(const struct enum_texts *texts, int64_t number); /* NULL when out of range */

struct urls; /* model/urls.h */
typedef void property_derive_fn(const void *entity, const struct urls *urls, struct buf *out);

/* In a struct because a function pointer does not fit into const void *. */
struct derivation {
    property_derive_fn *derive; /* appends the text; nothing for null */
};

/* What a text from a client must look like beyond its length. */
struct text_form {
    bool (*fits)(const char *text);
    const char *must_be; /* "an object identifier such as 1.3.6.1.5.5.7.3.2" */
};

/* How many texts a client may give, where that is not the usual number. */
struct collection_form {
    size_t items_max;
};

/*
 * A nested value that may be of several types has them as the members of an enum, "#name" each,
 * in a property of this name; the properties of all of them stand in its one struct.
 */
#define PROPERTY_OF_TYPE "@odata.type"

struct property {
    const char *name;   /* in JSON; NULL for HIDDEN */
    const char *column; /* NULL: no column; an expression for COMPUTED */
    enum property_type type;
    unsigned flags;
    size_t offset; /* AT(struct, member) */
    const void *detail;
    int64_t min; /* INT: bounds; STRING: characters */
    int64_t max; /* 0: 1,024 characters, or any Int32 */
};

#define AT(type, member) offsetof(struct type, member)

enum link_flag {
    LINK_COLLECTION = 1 << 0,
    LINK_INLINED = 1 << 1,   /* shown without $expand */
    LINK_PATH_ONLY = 1 << 2, /* too many to show inside: has a path of its own */
    LINK_OUTSIDE = 1 << 3,   /* belongs to another object: is shown, not contained */
};

enum { LINK_KEYS_MAX = 2, ENTITY_LINKS_MAX = 8 };

/* A column of the target holds what a member of the owner says. */
struct link_key {
    const char *column; /* NULL: not used */
    enum property_type type;
    size_t offset; /* in the owner */
};

/* A navigation property: rows of another entity that hang on this one. */
struct link {
    const char *name; /* NULL ends a table */
    const struct entity *target;
    unsigned flags;
    struct link_key keys[LINK_KEYS_MAX];
};

/* What every list of an entity leaves out: deleted rows, internal ones. */
struct scope {
    const char *column; /* NULL ends a table */
    int64_t value;
};

/* A COMPUTED column that equals a value, said of stored columns, so that an index finds the rows.
 */
struct condition {
    const char *name; /* in JSON; NULL ends a table */
    int64_t value;
    const char *sql;   /* over the row and $now */
    const char *range; /* the column that it limits to a range; NULL: none */
};

struct entity {
    const char *name;                   /* "cloudCertificationAuthority" */
    const char *space;                  /* its namespace; NULL: microsoft.graph */
    const struct entity *base;          /* what it derives from; NULL: see entity_base */
    const char *table;                  /* NULL for nested values */
    const struct property *properties;  /* ends with a name and column of NULL */
    size_t size;                        /* of the struct */
    const struct link *links;           /* NULL: none */
    const struct scope *scope;          /* NULL: every row of the table */
    const struct condition *conditions; /* NULL: none */
    const struct entity *const *kinds;  /* what it is one of, by PROPERTY_OF_TYPE; ends with NULL */
    bool is_abstract;                   /* only what derives from it exists */
    bool is_open;                       /* may show members that have no row here */
};

/* "microsoft.graph", "cloudpki". */
const char *entity_namespace(const struct entity *entity);

/* The type it derives from: without one of its own, what has a KEY is an "entity"; NULL: none. */
const struct entity *entity_base(const struct entity *entity);

/* Its KEY row; NULL for nested values. */
const struct property *entity_key(const struct entity *entity);

/* The row that counts its changes; NULL when nothing does. */
const struct property *entity_revision(const struct entity *entity);

/* NULL unless the entity says it of a COMPUTED row. */
const struct condition *entity_condition(const struct entity *entity,
                                         const struct property *property, int64_t value);

/* Number of the link of this name, -1 without. */
int entity_link(const struct entity *entity, const char *name);

struct strings {
    const char **items;
    size_t count;
};

struct list {
    void *items; /* array of the nested entity's struct */
    size_t count;
};

const struct property *property_find(const struct entity *entity, const char *json_name);
const struct property *property_of_column(const struct entity *entity, const char *column);
bool property_is_last(const struct property *property); /* the row that ends a table */

/* Typed access to a member. */
const char *const *property_string(const struct property *property, const void *object);
int64_t property_int(const struct property *property,
                     const void *object); /* INT, ENUM, BOOL, TIME */
struct bytes property_bytes(const struct property *property, const void *object);
void property_set_string(const struct property *property, void *object, const char *text);
void property_set_int(const struct property *property, void *object, int64_t value);
void property_set_bytes(const struct property *property, void *object, struct bytes bytes);

/* Octets of the member; 0 for DERIVED. */
size_t property_octets(const struct property *property);

/* Copies the members that callers may change. */
void entity_copy_changes(const struct entity *entity, const void *from, void *to);

/* DERIVED: appends the text, nothing for null. */
void property_derive(const struct property *property, const void *object, const struct urls *urls,
                     struct buf *out);
