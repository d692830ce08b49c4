/*
 * draft - an SQL statement in the making: text, and the parameters that it binds.
 *
 * Nothing of a peer's becomes text: values are numbered and bound. What is too much for one
 * statement sets is_too_long, which whoever began the draft looks at in the end.
 */
#pragma once

#include "base/bytes.h"
#include "model/query.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct entity_sql;

enum { DRAFT_PARAMETERS_MAX = 256, DRAFT_SQL_OCTETS_MAX = 128 * 1024 };

/* What rows are ordered by. */
struct draft_key {
    const struct property *property;
    bool is_descending;
};

struct draft {
    const struct query *query;
    struct arena *arena;
    const struct entity_sql *entity_sql;
    struct buf *sql;
    struct value values[DRAFT_PARAMETERS_MAX];
    char types[DRAFT_PARAMETERS_MAX + 1];
    size_t count;
    size_t now_number;  /* 0: not used so far */
    const char *joiner; /* " WHERE ", then " AND " */
    struct draft_key keys[QUERY_ORDER_MAX + 1];
    size_t key_count;
    bool is_too_long;
};

/* The number of a new parameter; type: 'i', 't' or 'b'. */
size_t draft_take(struct draft *draft, struct value value, char type);

/* The same, and "$n" in the text. */
void draft_add_parameter(struct draft *draft, struct value value, char type);

/* A column of the query's entity, or an expression over it and $now. */
void draft_add_column(struct draft *draft, const struct property *property);
void draft_add_expression(struct draft *draft, const char *expression);

/* " WHERE " the first time, " AND " from then on. */
void draft_begin_condition(struct draft *draft);
