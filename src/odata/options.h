/*
 * options - OData query options of a GET: read once into what the lists and the writer need.
 *
 * Names compare without case and may lack their `$`, as Graph's beta allows; '+' is a blank, as
 * in HTML forms, because Graph's clients send it so. What a route does not take is refused by
 * name. Errors: ERR_INVALID, naming the option.
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;

enum option {
    OPTION_SELECT = 1 << 0,
    OPTION_FILTER = 1 << 1,
    OPTION_ORDER_BY = 1 << 2,
    OPTION_TOP = 1 << 3,
    OPTION_COUNT = 1 << 4,
    OPTION_SKIP_TOKEN = 1 << 5,
    OPTION_EXPAND = 1 << 6,
    OPTION_SKIP = 1 << 7,
    OPTION_SEARCH = 1 << 8,
    OPTION_FORMAT = 1 << 9, /* the route itself judges it, and Accept too */

    OPTIONS_ENTITY = OPTION_SELECT | OPTION_EXPAND,
    OPTIONS_LIST = OPTION_SELECT | OPTION_FILTER | OPTION_ORDER_BY | OPTION_TOP | OPTION_COUNT |
                   OPTION_SKIP_TOKEN | OPTION_EXPAND | OPTION_SKIP | OPTION_SEARCH,
    OPTIONS_WITHIN = OPTION_SELECT | OPTION_FILTER | OPTION_ORDER_BY | OPTION_TOP | OPTION_EXPAND |
                     OPTION_SKIP | OPTION_SEARCH, /* of an expanded collection */
    OPTIONS_COUNT = OPTION_FILTER | OPTION_SEARCH,
    /* Directory objects: no $skip, no $expand. */
    OPTIONS_DIRECTORY = OPTION_SELECT | OPTION_FILTER | OPTION_ORDER_BY | OPTION_TOP |
                        OPTION_COUNT | OPTION_SKIP_TOKEN | OPTION_SEARCH,
    OPTIONS_PAGE = OPTION_TOP | OPTION_COUNT | OPTION_SKIP_TOKEN,
};

enum { OPTIONS_TOP_DEFAULT = QUERY_TOP_USUAL, OPTIONS_MAX = 16, OPTION_OCTETS_MAX = 16384 };
enum { OPTIONS_SKIP_MAX = 1000000, EXPAND_DEPTH_MAX = 3, SELECT_PATHS_MAX = 8 };

/* An option as the caller gave it, decoded. */
struct given_option {
    const char *name; /* ours, with the `$` */
    const char *text;
};

/* $select=usage/issuedStagedLeafCertificateCount: members of a nested value. */
struct select_path {
    const struct property *property;
    uint64_t members; /* bit n: the n-th row of the nested entity */
};

struct options {
    uint64_t selected;       /* bit n: the n-th property row; all when there was no $select */
    unsigned selected_links; /* bit n: the n-th link of the entity */
    struct select_path select_paths[SELECT_PATHS_MAX];
    size_t select_path_count;
    const struct options *expanded[ENTITY_LINKS_MAX]; /* of the n-th link; NULL: not expanded */
    const char *select_text; /* "a,b" for @odata.context; NULL without $select */
    const struct filter *filter;
    struct order order[QUERY_ORDER_MAX];
    size_t order_count;
    struct search search[QUERY_SEARCH_MAX];
    size_t search_count;
    unsigned top;
    unsigned skip; /* on the first page */
    bool wants_count;
    const char *skip_token; /* NULL on the first page */
    struct given_option given[OPTIONS_MAX];
    size_t given_count;
};

/* query: raw, NULL without. admitted: OPTION_… */
bool options_read(const char *query, const struct entity *entity, unsigned admitted,
                  struct arena *arena, struct options *out, struct error *err) MUST_CHECK;

/* The text of an option given, "" without. */
const char *options_text(const struct options *options, const char *name);

/* The members of a nested value that are to be shown. */
uint64_t options_members(const struct options *options, const struct property *property);

/* "?$filter=…&$skiptoken=…": what the caller gave, with this place in the list. */
void options_next(const struct options *options, const char *skip_token, struct buf *out);
