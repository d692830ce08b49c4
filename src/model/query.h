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

enum { QUERY_ORDER_MAX = 4, QUERY_FIXED_MAX = 8, QUERY_SEARCH_MAX = 4 };
enum { QUERY_TOP_USUAL = 100, QUERY_TOP_MAX = 999 };

enum filter_operator {
    FILTER_AND,
    FILTER_EQ,
    FILTER_OR,
    FILTER_NOT,
    FILTER_NE,
    FILTER_GT,
    FILTER_GE,
    FILTER_LT,
    FILTER_LE,
    FILTER_IN,
    FILTER_STARTS_WITH,
    FILTER_ENDS_WITH,
    FILTER_CONTAINS,
    FILTER_ANY, /* of a collection: some item equals value; null: it has any item at all */
};

/* Two-valued: a comparison with what is null is false, but for `eq null` and `ne`. */
struct filter {
    enum filter_operator operator;
    const struct property *property; /* of a comparison */
    struct value value;
    const struct filter *left; /* of AND, OR, NOT */
    const struct filter *right;
    const struct value *values; /* of IN */
    size_t value_count;
    const struct property *member; /* of ANY over nested values: which one of them */
};

/* Text within a property, or within any that has the flag SEARCH; ASCII compares without case. */
struct search {
    const struct property *property; /* NULL: any */
    const char *text;                /* in lower case */
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
    struct strings scope_tags;   /* only CAs that carry one, and what is theirs; none: all */
    const struct filter *filter; /* NULL: all */
    struct search search[QUERY_SEARCH_MAX]; /* all must be found */
    size_t search_count;
    struct order order[QUERY_ORDER_MAX];
    size_t order_count; /* every order ends with id by itself */
    bool has_after;
    struct value after[QUERY_ORDER_MAX + 1];
    bool without_bulky; /* BULKY members stay empty */
    unsigned top;       /* 0 < top ≤ QUERY_TOP_MAX */
    unsigned skip;
};
