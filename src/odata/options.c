#include "odata/options.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "odata/filter.h"
#include "odata/search.h"

#include <limits.h>
#include <string.h>

enum { NAME_OCTETS_MAX = 64, NAME_OCTETS_SHOWN = 64 };

struct reading {
    const struct entity *entity;
    struct arena *arena;
    struct options *out;
    unsigned depth; /* of $expand */
};

typedef bool option_fn(struct reading *reading, const char *text, struct error *err);

/* Up to a mark that stands outside texts and parentheses. */
static size_t length_to(const char *text, char mark)
{
    unsigned depth = 0;
    bool is_quoted = false;
    const char *p = text;
    for (; *p && (is_quoted || depth > 0 || *p != mark); p++) {
        is_quoted ^= *p == '\'';
        if (!is_quoted && *p == '(')
            depth++;
        if (!is_quoted && *p == ')' && depth > 0)
            depth--;
    }
    return (size_t)(p - text);
}

/* Items between marks, blanks around them dropped; false at the end. */
static bool next_item(const char **rest, char mark, struct arena *arena, const char **item)
{
    if (!*rest)
        return false;
    size_t len = length_to(*rest, mark);
    const char *from = *rest + strspn(*rest, " ");
    const char *end = *rest + len;
    while (end > from && end[-1] == ' ')
        end--;
    *item =
        from < end
            ? arena_text_of(arena, (struct bytes){ (const uint8_t *)from, (size_t)(end - from) })
            : "";
    *rest = (*rest)[len] ? *rest + len + 1 : NULL;
    return true;
}

/* What $select and $expand may name, -1 without. */
static int link_find(const struct entity *entity, const char *name)
{
    int number = entity_link(entity, name);
    return number >= 0 && (entity->links[number].flags & LINK_PATH_ONLY) ? -1 : number;
}

static struct options options_default(void)
{
    return (struct options){ .selected = UINT64_MAX,
                             .selected_links = UINT_MAX,
                             .top = OPTIONS_TOP_DEFAULT };
}

static bool is_selectable(const struct property *property)
{
    return property && !(property->flags & (HIDDEN | WRITE_ONLY));
}

static void select_property(struct reading *reading, const struct property *property)
{
    reading->out->selected |= UINT64_C(1) << (property - reading->entity->properties);
}

static struct select_path *path_of(struct options *out, const struct property *property)
{
    for (size_t i = 0; i < out->select_path_count; i++)
        if (out->select_paths[i].property == property)
            return &out->select_paths[i];
    if (out->select_path_count == SELECT_PATHS_MAX)
        return NULL;
    out->select_paths[out->select_path_count] = (struct select_path){ .property = property };
    return &out->select_paths[out->select_path_count++];
}

/* "usage/issuedStagedLeafCertificateCount"; false when it is no such path. */
static bool select_path(struct reading *reading, const char *item)
{
    size_t len = strcspn(item, "/");
    const char *name = arena_text_of(reading->arena, (struct bytes){ (const uint8_t *)item, len });
    const struct property *property = property_find(reading->entity, name);
    bool is_nested = is_selectable(property) &&
                     (property->type == PROPERTY_COMPLEX || property->type == PROPERTY_COMPLEXES);
    const struct entity *nested = is_nested ? property->detail : NULL;
    const struct property *member =
        nested && item[len] ? property_find(nested, item + len + 1) : NULL;
    struct select_path *path = is_selectable(member) ? path_of(reading->out, property) : NULL;
    if (!path)
        return false;
    path->members |= UINT64_C(1) << (member - nested->properties);
    select_property(reading, property);
    return true;
}

static bool select_item(struct reading *reading, const char *item, struct error *err)
{
    const struct property *property = property_find(reading->entity, item);
    int link = link_find(reading->entity, item);
    if (text_equal(item, "*"))
        reading->out->selected = UINT64_MAX;
    else if (is_selectable(property))
        select_property(reading, property);
    else if (link >= 0)
        reading->out->selected_links |= 1u << link;
    else if (!select_path(reading, item))
        return fail(err, ERR_INVALID, "$select: %s has no property '%.*s'", reading->entity->name,
                    NAME_OCTETS_SHOWN, item);
    return true;
}

static bool read_select(struct reading *reading, const char *text, struct error *err)
{
    const char *item;
    const char *rest = text;
    SCOPED(buf_free) struct buf *names = buf_new(OPTION_OCTETS_MAX);
    reading->out->selected = 0;
    reading->out->selected_links = 0;
    while (next_item(&rest, ',', reading->arena, &item)) {
        if (!select_item(reading, item, err))
            return false;
        buf_add_format(names, "%s%s", buf_len(names) > 0 ? "," : "", item);
    }
    reading->out->select_text = arena_text(reading->arena, buf_text(names));
    return true;
}

static bool read_filter(struct reading *reading, const char *text, struct error *err)
{
    reading->out->filter = filter_parse(text, reading->entity, reading->arena, err);
    return reading->out->filter;
}

/* "displayName desc"; the direction is asc unless given. */
static bool read_order_item(struct reading *reading, const char *item, struct error *err)
{
    size_t len = strcspn(item, " ");
    const char *name = arena_text_of(reading->arena, (struct bytes){ (const uint8_t *)item, len });
    const char *direction = item + len + strspn(item + len, " ");
    const struct property *property = property_find(reading->entity, name);
    bool is_descending = text_equal(direction, "desc");
    if (!property || !(property->flags & SORT))
        return fail(err, ERR_INVALID, "$orderby: %s cannot be sorted by '%.*s'",
                    reading->entity->name, NAME_OCTETS_SHOWN, name);
    if (*direction && !is_descending && !text_equal(direction, "asc"))
        return fail(err, ERR_INVALID, "$orderby: '%s' is followed by asc or desc", name);
    if (reading->out->order_count == QUERY_ORDER_MAX)
        return fail(err, ERR_INVALID, "$orderby: more than %d properties", QUERY_ORDER_MAX);
    reading->out->order[reading->out->order_count++] = (struct order){ property, is_descending };
    return true;
}

static bool read_order(struct reading *reading, const char *text, struct error *err)
{
    const char *item;
    const char *rest = text;
    while (next_item(&rest, ',', reading->arena, &item))
        if (!read_order_item(reading, item, err))
            return false;
    return true;
}

static bool read_top(struct reading *reading, const char *text, struct error *err)
{
    int64_t top;
    if (!text_int(text, 1, QUERY_TOP_MAX, &top))
        return fail(err, ERR_INVALID, "$top: a whole number from 1 to %d", QUERY_TOP_MAX);
    reading->out->top = (unsigned)top;
    return true;
}

static bool read_count(struct reading *reading, const char *text, struct error *err)
{
    reading->out->wants_count = text_equal_caseless(text, "true");
    if (!reading->out->wants_count && !text_equal_caseless(text, "false"))
        return fail(err, ERR_INVALID, "$count: true or false");
    return true;
}

static bool read_skip(struct reading *reading, const char *text, struct error *err)
{
    int64_t skip;
    if (!text_int(text, 0, OPTIONS_SKIP_MAX, &skip))
        return fail(err, ERR_INVALID, "$skip: a whole number from 0 to %d", OPTIONS_SKIP_MAX);
    reading->out->skip = (unsigned)skip;
    return true;
}

static bool read_search(struct reading *reading, const char *text, struct error *err)
{
    struct options *out = reading->out;
    return search_parse(text, reading->entity, reading->arena, out->search, &out->search_count,
                        err);
}

static bool read_skip_token(struct reading *reading, const char *text, struct error *err)
{
    (void)err;
    reading->out->skip_token = text;
    return true;
}

/* Stands among the given ones. */
static bool read_format(struct reading *reading, const char *text, struct error *err)
{
    (void)reading;
    (void)text;
    (void)err;
    return true;
}

static bool read_expand(struct reading *reading, const char *text, struct error *err);

static const struct {
    const char *name;
    enum option option;
    option_fn *read;
} rows[] = {
    // clang-format off
    { "$select",    OPTION_SELECT,     read_select },
    { "$filter",    OPTION_FILTER,     read_filter },
    { "$orderby",   OPTION_ORDER_BY,   read_order },
    { "$top",       OPTION_TOP,        read_top },
    { "$count",     OPTION_COUNT,      read_count },
    { "$skiptoken", OPTION_SKIP_TOKEN, read_skip_token },
    { "$expand",    OPTION_EXPAND,     read_expand },
    { "$skip",      OPTION_SKIP,       read_skip },
    { "$search",    OPTION_SEARCH,     read_search },
    { "$format",    OPTION_FORMAT,     read_format },
    // clang-format on
};

static const char *decode(struct arena *arena, struct bytes raw, struct error *err)
{
    SCOPED(buf_free) struct buf *blanks = buf_new(OPTION_OCTETS_MAX);
    SCOPED(buf_free) struct buf *text = buf_new(OPTION_OCTETS_MAX);
    for (size_t i = 0; i < raw.len; i++)
        buf_add_octet(blanks, raw.data[i] == '+' ? ' ' : raw.data[i]);
    if (!percent_decode(buf_bytes(blanks), text, err)) {
        (void)error_context(err, "query");
        return NULL;
    }
    if (!buf_ok(blanks) || !buf_ok(text))
        return fail_null(err, ERR_INVALID, "query: an option is longer than %d octets",
                         OPTION_OCTETS_MAX);
    if (!text_is_utf8(buf_bytes(text)))
        return fail_null(err, ERR_MALFORMED, "query: not UTF-8");
    return arena_text_of(arena, buf_bytes(text));
}

static size_t find_row(const char *name)
{
    size_t i = 0;
    while (i < ARRAY_LEN(rows) && !text_equal_caseless(rows[i].name, name) &&
           !text_equal_caseless(rows[i].name + 1, name))
        i++;
    return i;
}

static bool read_option(struct reading *reading, const char *name, const char *text,
                        unsigned admitted, struct error *err)
{
    struct options *out = reading->out;
    size_t row = find_row(name);
    if (row == ARRAY_LEN(rows) || !(rows[row].option & admitted))
        return fail(err, ERR_INVALID, "the query option '%.*s' is not supported here",
                    NAME_OCTETS_SHOWN, name);
    for (size_t i = 0; i < out->given_count; i++)
        if (out->given[i].name == rows[row].name)
            return fail(err, ERR_INVALID, "%s: given twice", rows[row].name);
    out->given[out->given_count++] = (struct given_option){ rows[row].name, text };
    return rows[row].read(reading, text, err);
}
_Static_assert(ARRAY_LEN(rows) <= OPTIONS_MAX, "each option fits once");

/* ---- $expand=name($option=text;$option=text) ---- */

static bool read_within(struct reading *within, const struct link *link, const char *text,
                        struct error *err)
{
    const char *item;
    const char *rest = *text ? text : NULL;
    unsigned admitted = link->flags & LINK_COLLECTION ? OPTIONS_WITHIN : OPTIONS_ENTITY;
    while (next_item(&rest, ';', within->arena, &item)) {
        size_t len = strcspn(item, "=");
        const char *name =
            arena_text_of(within->arena, (struct bytes){ (const uint8_t *)item, len });
        const char *value = item[len] ? item + len + 1 : "";
        if (!read_option(within, name, value, admitted, err))
            return error_context(err, "$expand of '%s'", link->name);
    }
    return true;
}

static bool expand_item(struct reading *reading, const char *item, struct error *err)
{
    size_t len = strcspn(item, "(");
    const char *parentheses = item + len; /* with what is between; "" without */
    size_t octets = strlen(parentheses);
    const char *name = arena_text_of(reading->arena, (struct bytes){ (const uint8_t *)item, len });
    int number = link_find(reading->entity, name);
    if (number < 0 || (octets > 0 && parentheses[octets - 1] != ')'))
        return fail(err, ERR_INVALID, "$expand: '%.*s' cannot be expanded on %s", NAME_OCTETS_SHOWN,
                    item, reading->entity->name);
    if (reading->depth == EXPAND_DEPTH_MAX)
        return fail(err, ERR_INVALID, "$expand: deeper than %d", EXPAND_DEPTH_MAX);
    const struct link *link = &reading->entity->links[number];
    struct options *options = arena_take(reading->arena, sizeof *options);
    *options = options_default();
    options->top = QUERY_TOP_MAX;
    struct reading within = { link->target, reading->arena, options, reading->depth + 1 };
    struct bytes inner = BYTES_NONE;
    if (octets > 0)
        inner = (struct bytes){ (const uint8_t *)parentheses + 1, octets - 2 };
    reading->out->expanded[number] = options;
    return read_within(&within, link, arena_text_of(reading->arena, inner), err);
}

static bool read_expand(struct reading *reading, const char *text, struct error *err)
{
    const char *item;
    const char *rest = text;
    while (next_item(&rest, ',', reading->arena, &item))
        if (!expand_item(reading, item, err))
            return false;
    return true;
}

bool options_read(const char *query, const struct entity *entity, unsigned admitted,
                  struct arena *arena, struct options *out, struct error *err)
{
    struct reading reading = { entity, arena, out, 0 };
    *out = options_default();
    for (const char *p = query ? query : ""; *p;) {
        size_t len = strcspn(p, "&");
        size_t name_len = strcspn(p, "=&");
        size_t text_at = name_len < len ? name_len + 1 : len;
        const char *name = decode(arena, (struct bytes){ (const uint8_t *)p, name_len }, err);
        const char *text =
            name ? decode(arena, (struct bytes){ (const uint8_t *)p + text_at, len - text_at }, err)
                 : NULL;
        if (!text || (len > 0 && !read_option(&reading, name, text, admitted, err)))
            return false;
        p += len + (p[len] == '&');
    }
    return true;
}

const char *options_text(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->given_count; i++)
        if (text_equal(options->given[i].name, name))
            return options->given[i].text;
    return "";
}

uint64_t options_members(const struct options *options, const struct property *property)
{
    for (size_t i = 0; options && i < options->select_path_count; i++)
        if (options->select_paths[i].property == property)
            return options->select_paths[i].members;
    return UINT64_MAX;
}

void options_next(const struct options *options, const char *skip_token, struct buf *out)
{
    char mark = '?';
    for (size_t i = 0; i < options->given_count; i++) {
        const char *name = options->given[i].name;
        if (text_equal(name, "$skiptoken") || text_equal(name, "$skip"))
            continue; /* the token says where to go on */
        buf_add_format(out, "%c%s=", mark, name);
        percent_encode(options->given[i].text, out);
        mark = '&';
    }
    buf_add_format(out, "%c$skiptoken=%s", mark, skip_token);
}
