/* Filters, orders and keyset pages, alike in both databases. */
#include "unit/unit.h"

#include "base/arena.h"
#include "store/entity.h"
#include "store/fixture.h"
#include "store/sql_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 40, PAGE = 7 };

/* Few distinct names and times, so that most keys are duplicates. */
static void add_leaves(struct fixture *fixture)
{
    static const char *const names[] = { "CN=b", "CN=B", "CN=a", "CN=\xC3\xA4" };
    fixture_add_ca(fixture);
    for (int i = 0; i < LEAVES; i++) {
        struct leaf leaf =
            fixture_leaf(fixture, arena_format(fixture->arena, "id%02d", (i * 17) % LEAVES));
        leaf.subject_name = names[i % 4];
        leaf.not_after = FIXTURE_NOW + i % 3;
        leaf.device_id = i % 5 ? "device" : NULL;
        leaf.revoked_at = i % 10 == 0 ? FIXTURE_NOW : 0;
        fixture_insert(fixture, &leaf_entity, &leaf);
    }
}

static const struct property *leaf_row(const char *name)
{
    const struct property *row = property_find(&leaf_entity, name);
    assert_non_null(row);
    return row;
}

struct walk {
    struct query *query;
    struct leaf seen[LEAVES + 1];
    size_t count;
};

static bool see(const void *object, void *context, struct error *err)
{
    (void)err;
    struct walk *walk = context;
    assert_true(walk->count <= LEAVES);
    walk->seen[walk->count++] = *(const struct leaf *)object;
    return true;
}

static struct value value_of(const struct property *row, const struct leaf *leaf)
{
    if (row->type != PROPERTY_STRING)
        return V_INT(property_int(row, leaf));
    const char *text = *property_string(row, leaf);
    return V_TEXT(text ? text : "");
}

/* Page by page, as a client does that follows nextLink. */
static void walk_pages(struct fixture *fixture, struct walk *walk)
{
    struct error err = { .code = ERR_NONE };
    struct query *query = walk->query;
    bool more = true;
    while (more) {
        struct session *session = store_read(fixture->store, &err);
        unit_ok(entity_list(session, query, fixture->arena, see, walk, &more, &err), &err);
        session_free(session);
        if (walk->count == 0)
            break;
        const struct leaf *last = &walk->seen[walk->count - 1];
        for (size_t i = 0; i < query->order_count; i++)
            query->after[i] = value_of(query->order[i].property, last);
        query->after[query->order_count] = V_TEXT(last->id);
        query->has_after = true;
    }
}

static int compare_key(const struct property *row, const struct leaf *a, const struct leaf *b)
{
    struct value x = value_of(row, a);
    struct value y = value_of(row, b);
    return x.type == VALUE_TEXT ? strcmp(x.text, y.text)
                                : (x.integer > y.integer) - (x.integer < y.integer);
}

static void assert_in_order(const struct walk *walk)
{
    for (size_t i = 1; i < walk->count; i++) {
        const struct query *query = walk->query;
        int order = 0;
        bool is_descending = false;
        for (size_t k = 0; k < query->order_count && order == 0; k++) {
            is_descending = query->order[k].is_descending;
            order = compare_key(query->order[k].property, &walk->seen[i - 1], &walk->seen[i]);
        }
        if (order == 0)
            order = strcmp(walk->seen[i - 1].id, walk->seen[i].id);
        assert_true(is_descending ? order > 0 : order < 0);
    }
}

STORE_TEST(pages_miss_nothing_and_repeat_nothing)
{
    add_leaves(fixture);
    static const struct {
        const char *first;
        bool first_descends;
        const char *second;
        bool second_descends;
    } orders[] = {
        { NULL, false, NULL, false },
        { "subjectName", false, NULL, false },
        { "subjectName", true, NULL, false },
        { "deviceId", false, NULL, false },
        { "certificateStatus", true, NULL, false },
        { "validityEndDateTime", false, "subjectName", false },
        { "validityEndDateTime", true, "subjectName", true },
        { "validityEndDateTime", true, "subjectName", false },
        { "certificateStatus", false, "validityEndDateTime", true },
        { "id", true, NULL, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct query query = {
            .entity = &leaf_entity, .tenant_id = "t1", .now = FIXTURE_NOW + 1, .top = PAGE
        };
        if (orders[i].first)
            query.order[query.order_count++] =
                (struct order){ leaf_row(orders[i].first), orders[i].first_descends };
        if (orders[i].second)
            query.order[query.order_count++] =
                (struct order){ leaf_row(orders[i].second), orders[i].second_descends };
        struct walk walk = { .query = &query };
        walk_pages(fixture, &walk);
        assert_int_equal(walk.count, LEAVES);
        assert_in_order(&walk);
    }
}

static int64_t count_with(struct fixture *fixture, const struct filter *filter)
{
    struct error err = { .code = ERR_NONE };
    int64_t count = -1;
    const struct query query = {
        .entity = &leaf_entity, .tenant_id = "t1", .now = FIXTURE_NOW + 1, .filter = filter
    };
    struct session *session = store_read(fixture->store, &err);
    unit_ok(entity_count(session, &query, &count, &err), &err);
    session_free(session);
    return count;
}

static struct filter is(const char *name, struct value value)
{
    return (struct filter){ .operator= FILTER_EQ, .property = leaf_row(name), .value = value };
}

static struct filter joined(enum filter_operator operator, const struct filter * left,
                            const struct filter *right)
{
    return (struct filter){ .operator= operator, .left = left, .right = right };
}

static int64_t count_of(struct fixture *fixture, enum filter_operator operator, const char * name,
                        struct value value)
{
    struct filter filter = is(name, value);
    filter.operator= operator;
    return count_with(fixture, &filter);
}

STORE_TEST(filters_compare_exactly)
{
    add_leaves(fixture);
    const struct filter revoked = is("certificateStatus", V_INT(LEAF_REVOKED));
    const struct filter no_device = is("deviceId", V_NULL);
    const struct filter both = joined(FILTER_AND, &revoked, &no_device);
    assert_int_equal(count_with(fixture, NULL), LEAVES);
    assert_int_equal(count_of(fixture, FILTER_EQ, "subjectName", V_TEXT("CN=B")), LEAVES / 4);
    assert_int_equal(count_of(fixture, FILTER_EQ, "subjectName", V_TEXT("' OR 1=1 --")), 0);
    assert_int_equal(count_with(fixture, &revoked), 4);
    /* a third ends at now - 1: 14, less 2 */
    assert_int_equal(count_of(fixture, FILTER_EQ, "certificateStatus", V_INT(LEAF_EXPIRED)), 12);
    assert_int_equal(count_with(fixture, &no_device), LEAVES / 5);
    assert_int_equal(count_of(fixture, FILTER_EQ, "userId", V_NULL), LEAVES);
    assert_int_equal(count_of(fixture, FILTER_EQ, "revocationDateTime", V_NULL), LEAVES - 4);
    assert_int_equal(count_with(fixture, &both), 4);
}

/* A comparison with what is absent is false, `ne` is true; `not` turns each around. */
STORE_TEST(filters_are_two_valued)
{
    static const struct {
        enum filter_operator operator;
        const char *name;
        const char *text;
        int64_t count;
    } rows[] = {
        { FILTER_NE, "subjectName", "CN=B", LEAVES * 3 / 4 },
        { FILTER_GT, "subjectName", "CN=B", LEAVES * 3 / 4 },
        { FILTER_GE, "subjectName", "CN=B", LEAVES },
        { FILTER_LT, "subjectName", "CN=a", LEAVES / 4 },
        { FILTER_LE, "subjectName", "CN=a", LEAVES / 2 },
        { FILTER_EQ, "deviceId", "device", LEAVES * 4 / 5 },
        { FILTER_NE, "deviceId", "device", LEAVES / 5 },
        { FILTER_LT, "deviceId", "x", LEAVES * 4 / 5 },
        { FILTER_EQ, "userId", "x", 0 },
        { FILTER_NE, "userId", "x", LEAVES },
        { FILTER_GE, "userId", "", 0 },
        { FILTER_STARTS_WITH, "subjectName", "CN=", LEAVES },
        { FILTER_STARTS_WITH, "subjectName", "CN=\xC3\xA4", LEAVES / 4 },
        { FILTER_STARTS_WITH, "subjectName", "cn=", 0 },
        { FILTER_STARTS_WITH, "subjectName", "%", 0 },
        { FILTER_STARTS_WITH, "deviceId", "", LEAVES * 4 / 5 },
        { FILTER_ENDS_WITH, "subjectName", "=b", LEAVES / 4 },
        { FILTER_ENDS_WITH, "subjectName", "\xC3\xA4", LEAVES / 4 },
        { FILTER_ENDS_WITH, "subjectName", "longer than all of them", 0 },
        { FILTER_CONTAINS, "subjectName", "N=", LEAVES },
        { FILTER_CONTAINS, "subjectName", "_", 0 },
        { FILTER_CONTAINS, "deviceId", "", LEAVES * 4 / 5 },
        { FILTER_CONTAINS, "userId", "x", 0 },
    };
    add_leaves(fixture);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct filter filter = is(rows[i].name, V_TEXT(rows[i].text));
        filter.operator= rows[i].operator;
        const struct filter not = joined(FILTER_NOT, &filter, NULL);
        if (count_with(fixture, &filter) != rows[i].count)
            unit_fail("%s %d '%s': %lld", rows[i].name, rows[i].operator, rows[i].text,
                      (long long)count_with(fixture, &filter));
        assert_int_equal(count_with(fixture, &not ), LEAVES - rows[i].count);
    }
    assert_int_equal(count_of(fixture, FILTER_NE, "deviceId", V_NULL), LEAVES * 4 / 5);
    assert_int_equal(count_of(fixture, FILTER_NE, "revocationDateTime", V_NULL), 4);
    assert_int_equal(count_of(fixture, FILTER_LE, "revocationDateTime", V_INT(FIXTURE_NOW)), 4);
}

STORE_TEST(filters_join_and_list)
{
    add_leaves(fixture);
    const struct filter b = is("subjectName", V_TEXT("CN=b"));
    const struct filter no_device = is("deviceId", V_NULL);
    const struct filter any = joined(FILTER_OR, &b, &no_device);
    const struct value names[] = { V_TEXT("CN=b"), V_TEXT("CN=a"), V_TEXT("nobody") };
    struct filter list = is("subjectName", V_NULL);
    list.operator= FILTER_IN;
    list.values = names;
    list.value_count = ARRAY_LEN(names);
    assert_int_equal(count_with(fixture, &any), LEAVES / 4 + LEAVES / 5 - LEAVES / 20);
    assert_int_equal(count_with(fixture, &list), LEAVES / 2);
}

STORE_TEST(filters_look_into_collections)
{
    static const char *tricky[] = { "x\"v", "a,\"v\"", "[\"v\"", "v\\" };
    static const char *plain[] = { "u", "v" };
    fixture_add_ca(fixture);
    struct leaf with = fixture_leaf(fixture, "with");
    struct leaf without = fixture_leaf(fixture, "without");
    with.ekus = (struct strings){ plain, ARRAY_LEN(plain) };
    without.ekus = (struct strings){ tricky, ARRAY_LEN(tricky) };
    fixture_insert(fixture, &leaf_entity, &with);
    fixture_insert(fixture, &leaf_entity, &without);
    assert_int_equal(count_of(fixture, FILTER_ANY, "extendedKeyUsages", V_TEXT("v")), 1);
    assert_int_equal(count_of(fixture, FILTER_ANY, "extendedKeyUsages", V_TEXT("u")), 1);
    assert_int_equal(count_of(fixture, FILTER_ANY, "extendedKeyUsages", V_TEXT("x\"v")), 1);
    assert_int_equal(count_of(fixture, FILTER_ANY, "extendedKeyUsages", V_TEXT("w")), 0);
    assert_int_equal(count_of(fixture, FILTER_ANY, "extendedKeyUsages", V_NULL), 2);
}

STORE_TEST(search_finds_text_without_case)
{
    struct error err = { .code = ERR_NONE };
    int64_t count = -1;
    add_leaves(fixture);
    struct query query = { .entity = &leaf_entity,
                           .tenant_id = "t1",
                           .search = { { leaf_row("subjectName"), "n=b" }, { NULL, "devi" } },
                           .search_count = 2 };
    struct session *session = store_read(fixture->store, &err);
    unit_ok(entity_count(session, &query, &count, &err), &err);
    session_free(session);
    assert_int_equal(count, LEAVES / 2 - LEAVES / 10);
}

STORE_TEST(a_filter_of_octets_finds_a_serial)
{
    add_leaves(fixture);
    struct leaf leaf = fixture_leaf(fixture, "sought");
    fixture_insert(fixture, &leaf_entity, &leaf);
    assert_int_equal(count_of(fixture, FILTER_EQ, "serialNumber", V_BLOB(leaf.serial)), 1);
}

STORE_TEST(a_filter_too_deep_is_refused)
{
    enum { DEEP = 200 };
    struct filter leaf = is("subjectName", V_TEXT("x"));
    struct filter deep[DEEP];
    for (int i = 0; i < DEEP; i++)
        deep[i] = joined(FILTER_AND, &leaf, i ? &deep[i - 1] : &leaf);
    struct error err = { .code = ERR_NONE };
    int64_t count;
    const struct query query = { .entity = &leaf_entity,
                                 .tenant_id = "t1",
                                 .filter = &deep[DEEP - 1] };
    struct session *session = store_read(fixture->store, &err);
    assert_false(entity_count(session, &query, &count, &err));
    assert_int_equal(err.code, ERR_INVALID);
    session_free(session);
}

STORE_TEST(skip_and_fixed_columns_narrow_a_list)
{
    add_leaves(fixture);
    struct error err = { .code = ERR_NONE };
    struct query query = { .entity = &leaf_entity,
                           .tenant_id = "t1",
                           .fixed = { { "kind", V_INT(LEAF_DEVICE) }, { "sid", V_NULL } },
                           .fixed_count = 2,
                           .top = LEAVES,
                           .skip = LEAVES - 3 };
    struct walk walk = { .query = &query };
    bool more = true;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(entity_list(session, &query, fixture->arena, see, &walk, &more, &err), &err);
    assert_int_equal(walk.count, 3);
    assert_false(more);
    assert_string_equal(walk.seen[2].id, "id39");
    query.fixed[0].value = V_INT(LEAF_RA);
    struct leaf out;
    assert_false(entity_find(session, &query, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
}

TEST(texts_made_at_run_time_are_kept_up_to_a_bound)
{
    struct sql_texts *texts = sql_texts_new();
    const struct statement *first = sql_texts_keep(texts, "SELECT 1", "");
    assert_ptr_equal(sql_texts_keep(texts, "SELECT 1", ""), first);
    for (int i = 0; i < SQL_TEXTS_MAX; i++) {
        char sql[32];
        snprintf(sql, sizeof sql, "SELECT %d", i);
        sql_texts_keep(texts, sql, "");
    }
    assert_null(sql_texts_keep(texts, "SELECT 'one too many'", ""));
    assert_ptr_equal(sql_texts_keep(texts, "SELECT 1", ""), first);
    sql_texts_free(texts);
}

STORE_TEST(a_statement_past_the_bound_runs_nevertheless)
{
    add_leaves(fixture);
    for (int i = 0; i < SQL_TEXTS_MAX + 3; i++) {
        const struct fixed fixed = { arena_format(fixture->arena, "%d + kind", i),
                                     V_INT(i + LEAF_DEVICE) };
        struct query query = {
            .entity = &leaf_entity, .tenant_id = "t1", .fixed = { fixed }, .fixed_count = 1
        };
        struct error err = { .code = ERR_NONE };
        int64_t count = 0;
        struct session *session = store_read(fixture->store, &err);
        unit_ok(entity_count(session, &query, &count, &err), &err);
        session_free(session);
        assert_int_equal(count, LEAVES);
    }
}
