#include "graph/list.h"

#include "base/arena.h"
#include "base/error.h"
#include "graph/request.h"
#include "store/entity.h"

#include <assert.h>
#include <string.h>

enum { BINDING_OCTETS_MAX = 64 * 1024, PAGE_ITEMS_FIRST = 8 };

struct page {
    struct arena *arena;
    char *items;
    size_t size; /* of one */
    size_t count;
    size_t room;
};

/* A page grows: a thousand CAs with a few versions each may not cost a thousand full pages. */
static void make_room(struct page *page)
{
    size_t room = page->room ? 2 * page->room : PAGE_ITEMS_FIRST;
    char *items = arena_take(page->arena, room * page->size);
    if (page->count > 0)
        memcpy(items, page->items, page->count * page->size);
    page->items = items;
    page->room = room;
}

static bool add_to_page(const void *object, void *context, struct error *err)
{
    (void)err;
    struct page *page = context;
    if (page->count == page->room)
        make_room(page);
    memcpy(page->items + page->count++ * page->size, object, page->size);
    return true;
}

/* Rows of the entity that no list shows are left out everywhere. */
static void take_scope(const struct request *request, struct query *query)
{
    query->tenant_id = request->caller.tenant_id;
    query->now = request->now;
    query->scope_tags = request->caller.scope_tags;
    for (const struct scope *scope = query->entity->scope; scope && scope->column; scope++)
        query_fix(query, scope->column, V_INT(scope->value));
}

static void take_options(const struct options *options, struct query *query)
{
    query->filter = options->filter;
    query->search_count = options->search_count;
    memcpy(query->search, options->search, sizeof query->search);
    query->top = options->top;
    query->skip = options->skip;
    query->order_count = options->order_count;
    memcpy(query->order, options->order, sizeof query->order);
}

static const struct property *ranged_by(const struct entity *entity, const struct filter *filter)
{
    bool is_range = filter->operator>= FILTER_GT && filter->operator<= FILTER_LE;
    if (is_range)
        return filter->property->flags & RANGED ? filter->property : NULL;
    if (filter->operator!= FILTER_EQ || filter->value.type != VALUE_INT)
        return NULL;
    const struct condition *condition =
        entity_condition(entity, filter->property, filter->value.integer);
    return condition && condition->range ? property_of_column(entity, condition->range) : NULL;
}

/* The property that the whole filter limits to a range of its index. */
static const struct property *range_of(const struct entity *entity, const struct filter *filter)
{
    for (; filter && filter->operator== FILTER_AND; filter = filter->left) {
        const struct property *right = range_of(entity, filter->right);
        if (right)
            return right;
    }
    return filter ? ranged_by(entity, filter) : NULL;
}

/* Oldest first unless asked otherwise: what comes meanwhile lands behind, so no page shifts. What
 * a filter takes from a range of an index comes in its order: else all of it would be sorted. */
static void default_order(struct query *query)
{
    if (query->order_count > 0)
        return;
    const struct property *first = range_of(query->entity, query->filter);
    if (!first)
        first = property_of_column(query->entity, "created_at");
    if (!first)
        first = property_of_column(query->entity, "at");
    if (first)
        query->order[query->order_count++] = (struct order){ first, false };
}

/* What a place in this list is good for, and for whom; lengths keep the parts apart. */
static struct buf *binding_of(const struct request *request)
{
    SCOPED(buf_free) struct buf *path = buf_new(BINDING_OCTETS_MAX);
    route_path(&request->target, path);
    const char *const parts[] = { request->caller.tenant_id,
                                  request->caller.subject,
                                  buf_text(path),
                                  options_text(&request->options, "$filter"),
                                  options_text(&request->options, "$orderby"),
                                  options_text(&request->options, "$search") };
    struct buf *binding = buf_new(BINDING_OCTETS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        buf_add_format(binding, "%zu:%s", strlen(parts[i]), parts[i]);
    return binding;
}

static const struct property *key_of(const struct entity *entity)
{
    const struct property *row = entity->properties;
    while (!(row->flags & KEY))
        row++;
    return row;
}

/* Columns that are sorted by are NOT NULL: absence is '' there. */
static struct value value_of(const struct property *property, const void *object)
{
    if (property->type == PROPERTY_STRING) {
        const char *text = *property_string(property, object);
        return V_TEXT(text ? text : "");
    }
    if (property->type == PROPERTY_HEX || property->type == PROPERTY_BINARY)
        return V_BLOB(property_bytes(property, object));
    return V_INT(property_int(property, object));
}

static bool read_place(const struct request *request, struct query *query, struct error *err)
{
    if (!request->options.skip_token)
        return true;
    query->skip = 0;
    SCOPED(buf_free) struct buf *binding = binding_of(request);
    query->has_after = true;
    return skip_token_read(&request->graph->skip_token_key, buf_bytes(binding),
                           request->options.skip_token, query->after, query->order_count + 1,
                           request->arena, err);
}

static const char *write_place(const struct request *request, const struct query *query,
                               const void *last)
{
    struct value values[QUERY_ORDER_MAX + 1];
    SCOPED(buf_free) struct buf *binding = binding_of(request);
    for (size_t i = 0; i < query->order_count; i++)
        values[i] = value_of(query->order[i].property, last);
    values[query->order_count] = value_of(key_of(query->entity), last);
    return skip_token_write(&request->graph->skip_token_key, buf_bytes(binding), values,
                            query->order_count + 1, request->arena);
}

static bool read_page(struct request *request, const struct query *query, struct result *result,
                      struct error *err)
{
    bool more = false;
    struct page page = { .arena = request->arena, .size = query->entity->size };
    struct session *session = request_session(request, err);
    if (!session || !entity_list(session, query, request->arena, add_to_page, &page, &more, err))
        return false;
    result->items = (struct items){ page.items, page.count };
    if (more && page.count > 0)
        result->skip_token = write_place(request, query, page.items + (page.count - 1) * page.size);
    return true;
}

static bool count(struct request *request, const struct query *query, struct result *result,
                  struct error *err)
{
    struct session *session = request_session(request, err);
    result->has_total = true;
    return session && entity_count(session, query, &result->total, err);
}

bool list_read(struct request *request, struct query *query, struct result *result,
               struct error *err)
{
    take_scope(request, query);
    take_options(&request->options, query);
    default_order(query);
    query->without_bulky = true;
    if (!read_place(request, query, err) || !read_page(request, query, result, err))
        return false;
    return !request->options.wants_count || query->has_after || count(request, query, result, err);
}

bool list_count(struct request *request, struct query *query, struct result *result,
                struct error *err)
{
    take_scope(request, query);
    take_options(&request->options, query);
    return count(request, query, result, err);
}

bool list_find(struct request *request, struct query *query, void *out, struct error *err)
{
    take_scope(request, query);
    query->top = 1;
    struct session *session = request_session(request, err);
    return session && entity_find(session, query, request->arena, out, err);
}

static void fix_key(struct query *query, const struct link_key *key, const void *owner)
{
    const void *member = (const char *)owner + key->offset;
    query_fix(query, key->column,
              key->type == PROPERTY_STRING ? V_TEXT(*(const char *const *)member)
                                           : V_INT(*(const int64_t *)member));
}

bool list_load_link(void *context, const struct link *link, const void *owner,
                    const struct options *options, struct items *out, struct error *err)
{
    struct request *request = context;
    struct query query = { .entity = link->target, .top = QUERY_TOP_MAX };
    struct result result = { .items = { NULL, 0 } };
    for (const struct link_key *key = link->keys; key < link->keys + LINK_KEYS_MAX && key->column;
         key++)
        fix_key(&query, key, owner);
    take_scope(request, &query);
    if (options)
        take_options(options, &query);
    default_order(&query);
    query.without_bulky = true;
    bool is_good = read_page(request, &query, &result, err);
    *out = result.items;
    return is_good;
}

void query_fix(struct query *query, const char *column, struct value value)
{
    assert(query->fixed_count < QUERY_FIXED_MAX);
    query->fixed[query->fixed_count++] = (struct fixed){ column, value };
}
