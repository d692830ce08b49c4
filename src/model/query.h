/*
 * query - what a list asks for: filled by fronts, compiled to SQL parameters by store/.
 *
 * Nothing in it is SQL text from a peer: properties are rows of our tables, values are bound.
 * Lists page by keyset: `after` holds the order keys of the last row seen, then its id.
 */
#pragma once

#include "model/property.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { QUERY_ORDER_MAX = 4, QUERY_FIXED_MAX = 8, QUERY_TOP_MAX = 1000 };

enum filter_operator { FILTER_AND, FILTER_EQ };

struct filter {
    enum filter_operator operator;
    const struct property *property; /* of a comparison */
    struct value value;
    const struct filter *left; /* of AND */
    const struct filter *right;
};

struct order {
    const struct property *property;
    bool is_descending;
};

/* column = value, set by our own code. */
struct fixed {
    const char *column;
    struct value value;
};

struct query {
    const struct entity *entity;
    const char *tenant_id; /* every query names it */
    time_t now;
    struct fixed fixed[QUERY_FIXED_MAX];
    size_t fixed_count;
    const struct filter *filter; /* NULL: all */
    struct order order[QUERY_ORDER_MAX];
    size_t order_count; /* every order ends with id by itself */
    bool has_after;
    struct value after[QUERY_ORDER_MAX + 1];
    unsigned top; /* 0 < top ≤ QUERY_TOP_MAX */
    unsigned skip;
};
