/*
 * entity_sql - the statements of each entity, made once from its property rows.
 *
 * Immutable after entity_sql_new, so that threads share them without a lock.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/property.h"
#include "store/statement.h"

#include <stdbool.h>
#include <stddef.h>

enum { ENTITY_COLUMNS_MAX = 64, ENTITY_SQL_OCTETS_MAX = 16 * 1024 };

struct store;

struct entity_sql {
    const struct entity *entity; /* NULL ends the table */
    char *columns;               /* what a SELECT lists; $1 is now when uses_now */
    char *columns_listed;        /* likewise, NULL for what is BULKY */
    bool uses_now;
    const struct property *revision; /* NULL when the entity has none */
    struct statement insert;         /* each written column */
    struct statement update; /* likewise but the key and the tenant; then id, tenant[, revision] */
    struct statement remove; /* id, tenant[, revision] */
    struct statement get;    /* [now,] id, tenant */
    struct statement get_of_any_tenant; /* [now,] id */
};

struct entity_sql *entity_sql_new(const struct entity *const *entities);
void entity_sql_free(struct entity_sql *table);

/* Never NULL: asking for an entity that is not stored is a programming error. Entities of the same
 * rows (the deleted ones of a table) share it. */
const struct entity_sql *entity_sql_of(const struct store *store, const struct entity *entity);

/* 'i', 't' or 'b', for the column of a property. */
char column_type(const struct property *property);
bool column_is_written(const struct property *property);
/* By an update: not the key, the tenant or the revision. */
bool column_is_changed(const struct property *property);
bool column_is_read(const struct property *property);

/* A column or expression with $now replaced by $number. */
void column_add(struct buf *sql, const struct property *property, size_t now_number);
void expression_add(struct buf *sql, const char *expression, size_t now_number);
bool column_uses_now(const struct property *property);
bool expression_uses_now(const char *expression);
