/* Each entity in each database: rows, columns and struct agree, and lists page as they should. */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/entity.h"
#include "store/entity_sql.h"
#include "store/fixture.h"
#include "store/statements.h"

#include <stdio.h>
#include <string.h>

static struct session *reader(struct fixture *fixture)
{
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session != NULL, &err);
    return session;
}

/* ---- rows, columns, members ---- */

struct columns {
    const struct entity *entity;
    size_t count;
};

static bool is_sorted_by(const struct property *property)
{
    return (property->flags & SORT) != 0;
}

/* name, type as declared, NOT NULL or not */
static bool check_column(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct columns *columns = context;
    const char *type = row_text(row, 1);
    const struct property *property = property_of_column(columns->entity, row_text(row, 0));
    if (!property)
        unit_fail("%s: no row for column %s", columns->entity->name, row_text(row, 0));
    char letter = strcmp(type, "INTEGER") == 0 || strcmp(type, "bigint") == 0 ? 'i'
                  : strcmp(type, "TEXT") == 0 || strcmp(type, "text") == 0    ? 't'
                                                                              : 'b';
    assert_int_equal(column_type(property), letter);
    bool is_not_null = row_int(row, 2) != 0;
    if (is_sorted_by(property) && !(property->flags & KEY))
        assert_true(is_not_null);
    if (property->flags & NULL_AS_EMPTY || letter == 'i')
        assert_true(is_not_null || property->flags & KEY);
    columns->count++;
    return true;
}

static size_t written_columns(const struct entity *entity)
{
    size_t count = 0;
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        count += column_is_written(row);
    return count;
}

STORE_TEST(every_column_has_a_row_and_every_row_a_column)
{
    static const struct statement sqlite_columns = {
        "SELECT name, type, \"notnull\" FROM pragma_table_info($1)", "t"
    };
    static const struct statement postgres_columns = {
        "SELECT column_name::text, data_type::text, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END"
        " FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = $1",
        "t"
    };
    struct session *session = reader(fixture);
    for (const struct entity *const *entity = stored_entities; *entity; entity++) {
        struct error err = { .code = ERR_NONE };
        struct columns columns = { *entity, 0 };
        unit_ok(session_query(session, fixture->is_sqlite ? &sqlite_columns : &postgres_columns,
                              VALUES(V_TEXT((*entity)->table)), check_column, &columns, &err),
                &err);
        assert_int_equal(columns.count, written_columns(*entity));
    }
    session_free(session);
}

static size_t member_size(const struct property *property)
{
    // clang-format off
    static const size_t sizes[] = {
        [PROPERTY_STRING] = sizeof(char *),       [PROPERTY_INT] = sizeof(int64_t),
        [PROPERTY_BOOL] = sizeof(bool),           [PROPERTY_TIME] = sizeof(time_t),
        [PROPERTY_ENUM] = sizeof(int64_t),        [PROPERTY_BINARY] = sizeof(struct bytes),
        [PROPERTY_HEX] = sizeof(struct bytes),    [PROPERTY_STRINGS] = sizeof(struct strings),
        [PROPERTY_COMPLEX] = 0,                   [PROPERTY_COMPLEXES] = sizeof(struct list),
        [PROPERTY_DERIVED] = 0,
    };
    // clang-format on
    return sizes[property->type];
}

/* Nested values may stand in columns of other rows, or be stored otherwise. */
static size_t covered_size(const struct property *row)
{
    if (row->type == PROPERTY_COMPLEX)
        return ((const struct entity *)row->detail)->size;
    return row->column || row->type == PROPERTY_COMPLEXES ? member_size(row) : 0;
}

TEST(every_member_has_a_row)
{
    for (const struct entity *const *entity = stored_entities; *entity; entity++) {
        uint8_t *is_covered = memory_new((*entity)->size);
        for (const struct property *row = (*entity)->properties; !property_is_last(row); row++)
            memset(is_covered + row->offset, 1, covered_size(row));
        size_t gap = 0;
        for (size_t i = 0; i < (*entity)->size; i++) {
            gap = is_covered[i] ? 0 : gap + 1;
            if (gap == sizeof(void *))
                unit_fail("%s: no row for the member at %zu", (*entity)->name, i + 1 - gap);
        }
        memory_free(is_covered);
    }
}

static const char *const words[] = { "one", "with \"quotes\" \xC3\xA4" };

static void fill(const struct entity *entity, struct arena *arena, int64_t from, void *object);

static struct list two_of(const struct entity *nested, struct arena *arena, int64_t from)
{
    struct list list = { arena_take(arena, 2 * nested->size), 2 };
    for (size_t i = 0; i < list.count; i++)
        fill(nested, arena, from + (int64_t)i, (char *)list.items + i * nested->size);
    return list;
}

/* What a list's second item leaves out. */
static bool is_left_out(const struct entity *entity, const struct property *row, int64_t from)
{
    return !entity->table && from % 2 == 0 && row->type == PROPERTY_STRING &&
           row->flags & NULLABLE && !(row->flags & REQUIRED);
}

/* A different value in each member; pointers into arena. */
static void fill(const struct entity *entity, struct arena *arena, int64_t from, void *object)
{
    int64_t begin = from;
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        from++;
        void *place = (char *)object + row->offset;
        if (!row->column || row->flags & COMPUTED || is_left_out(entity, row, begin))
            continue;
        if (row->type == PROPERTY_STRING)
            property_set_string(row, object, arena_format(arena, "text %d", (int)from));
        else if (row->type == PROPERTY_BINARY || row->type == PROPERTY_HEX)
            property_set_bytes(row, object,
                               arena_bytes(arena, (struct bytes){ (uint8_t *)&from, 2 }));
        else if (row->type == PROPERTY_STRINGS)
            *(struct strings *)place =
                (struct strings){ memcpy(arena_take(arena, sizeof words), words, sizeof words),
                                  ARRAY_LEN(words) };
        else if (row->type == PROPERTY_COMPLEXES)
            *(struct list *)place = two_of(row->detail, arena, from);
        else if (row->type == PROPERTY_COMPLEX)
            fill(row->detail, arena, from, place);
        else
            property_set_int(row, object, row->type == PROPERTY_BOOL ? 1 : from);
    }
}

static void assert_same_strings(const struct strings *a, const struct strings *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_string_equal(a->items[i], b->items[i]);
}

static void assert_same(const struct entity *entity, const void *a, const void *b);

static void assert_same_lists(const struct entity *nested, const struct list *a,
                              const struct list *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_same(nested, (const char *)a->items + i * nested->size,
                    (const char *)b->items + i * nested->size);
}

static void assert_same(const struct entity *entity, const void *a, const void *b)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!column_is_read(row) || row->flags & COMPUTED || row->type == PROPERTY_COMPLEX)
            continue;
        const char *x = (const char *)a + row->offset;
        const char *y = (const char *)b + row->offset;
        if (row->type == PROPERTY_STRING)
            assert_true(text_equal(*property_string(row, a), *property_string(row, b)));
        else if (row->type == PROPERTY_BINARY || row->type == PROPERTY_HEX)
            assert_true(bytes_equal(property_bytes(row, a), property_bytes(row, b)));
        else if (row->type == PROPERTY_STRINGS)
            assert_same_strings((const void *)x, (const void *)y);
        else if (row->type == PROPERTY_COMPLEXES)
            assert_same_lists(row->detail, (const void *)x, (const void *)y);
        else if (row->type == PROPERTY_COMPLEX)
            assert_same(row->detail, x, y);
        else if (property_int(row, a) != property_int(row, b))
            unit_fail("%s: %s differs", entity->name, row->column);
    }
}

static void make_object(struct fixture *fixture, const struct entity *entity, int64_t from,
                        void *object)
{
    fill(entity, fixture->arena, from, object);
    const struct property *id = property_of_column(entity, "id");
    const struct property *tenant = property_of_column(entity, "tenant_id");
    const struct property *ca = property_of_column(entity, "ca_id");
    const struct property *pki = property_of_column(entity, "pki_id");
    const struct property *group = property_of_column(entity, "group_id");
    property_set_string(id, object, "the id");
    property_set_string(tenant, object, "t1");
    if (ca)
        property_set_string(ca, object, "ca1");
    if (pki)
        property_set_string(pki, object, "the id");
    if (group)
        property_set_string(group, object, "the id");
}

static void get(struct fixture *fixture, const struct entity *entity, const char *id, time_t now,
                void *out)
{
    struct error err = { .code = ERR_NONE };
    struct session *session = reader(fixture);
    unit_ok(entity_get(session, entity, "t1", id, now, fixture->arena, out, &err), &err);
    session_free(session);
}

struct change {
    const struct entity *entity;
    const void *object;
};

static bool run_update(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return entity_update(session, change->entity, change->object, err);
}

static bool update(struct fixture *fixture, const struct entity *entity, const void *object,
                   struct error *err)
{
    struct change change = { entity, object };
    return store_write(fixture->store, run_update, &change, err);
}

STORE_TEST(every_entity_comes_back_as_it_went)
{
    fixture_add_ca(fixture);
    for (const struct entity *const *entity = stored_entities; *entity; entity++) {
        struct error err = { .code = ERR_NONE };
        void *object = arena_take(fixture->arena, (*entity)->size);
        void *out = arena_take(fixture->arena, (*entity)->size);
        make_object(fixture, *entity, 100, object);
        fixture_insert(fixture, *entity, object);
        get(fixture, *entity, "the id", 0, out);
        assert_same(*entity, object, out);
        const struct property *revision = property_of_column(*entity, "revision");
        int64_t before = revision ? property_int(revision, object) : 0;
        make_object(fixture, *entity, 200, object);
        if (revision)
            property_set_int(revision, object, before);
        unit_ok(update(fixture, *entity, object, &err), &err);
        if (revision)
            property_set_int(revision, object, before + 1);
        get(fixture, *entity, "the id", 0, out);
        assert_same(*entity, object, out);
    }
}

STORE_TEST(absence_comes_back_as_absence)
{
    fixture_add_ca(fixture);
    struct ca ca = fixture_ca("ca2");
    ca.issuer_id = NULL;
    ca.subject_name = NULL;
    fixture_insert(fixture, &ca_entity, &ca);
    struct ca out;
    get(fixture, &ca_entity, "ca2", FIXTURE_NOW, &out);
    assert_string_equal(out.issuer_id, ""); /* as the API shows it on a root */
    assert_null(out.subject_name);
    assert_null(out.thumbprint);
    assert_null(out.description);
    assert_int_equal(out.serial.len, 0);
    assert_int_equal(out.csr.len, 0);
    assert_int_equal(out.ekus.count, 0);
    assert_null(out.issuer_version_id);
    struct leaf leaf = fixture_leaf(fixture, "leaf");
    struct leaf found;
    fixture_insert(fixture, &leaf_entity, &leaf);
    get(fixture, &leaf_entity, "leaf", FIXTURE_NOW, &found);
    assert_null(found.device_id);
    assert_null(found.user_id);
    assert_string_equal(found.key_id, "");
}

/* ---- what must be refused ---- */

STORE_TEST(an_update_needs_the_revision_it_began_with)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct ca ca;
    get(fixture, &ca_entity, "ca1", FIXTURE_NOW, &ca);
    ca.display_name = "first";
    unit_ok(update(fixture, &ca_entity, &ca, &err), &err);
    ca.display_name = "second";
    assert_false(update(fixture, &ca_entity, &ca, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
    get(fixture, &ca_entity, "ca1", FIXTURE_NOW, &ca);
    assert_string_equal(ca.display_name, "first");
    assert_int_equal(ca.revision, 2);
}

STORE_TEST(a_tenant_neither_sees_nor_changes_what_is_another_s)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct ca ca;
    struct session *session = reader(fixture);
    assert_false(
        entity_get(session, &ca_entity, "t2", "ca1", FIXTURE_NOW, fixture->arena, &ca, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(entity_get(session, &ca_entity, NULL, "ca1", FIXTURE_NOW, fixture->arena, &ca, &err),
            &err);
    int64_t count = -1;
    struct query query = { .entity = &ca_entity, .tenant_id = "t2", .top = 1 };
    unit_ok(entity_count(session, &query, &count, &err), &err);
    assert_int_equal(count, 0);
    query.tenant_id = NULL;
    assert_false(entity_count(session, &query, &count, &err));
    session_free(session);
    ca.tenant_id = "t2";
    error_clear(&err);
    assert_false(update(fixture, &ca_entity, &ca, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
}

static bool run_insert(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    return entity_insert(session, change->entity, change->object, err);
}

STORE_TEST(a_taken_name_is_a_conflict)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct ca ca = fixture_ca("another");
    ca.common_name_folded = "ca1";
    struct change change = { &ca_entity, &ca };
    assert_false(store_write(fixture->store, run_insert, &change, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.message, "cloudCertificationAuthority"));
}

/* ---- status by the clock ---- */

STORE_TEST(a_status_is_what_is_true_now)
{
    static const struct {
        int64_t stored;
        time_t now;
        int64_t shown;
    } cases[] = {
        { CA_ACTIVE, FIXTURE_END, CA_ACTIVE },
        { CA_ACTIVE, FIXTURE_END + 1, CA_EXPIRED },
        { CA_PAUSED, FIXTURE_END, CA_PAUSED },
        { CA_PAUSED, FIXTURE_END + 1, CA_EXPIRED },
        { CA_REVOKED, FIXTURE_END + 1, CA_REVOKED },
        { CA_SIGNING_PENDING, FIXTURE_END + 1, CA_SIGNING_PENDING },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ca ca = fixture_ca(arena_format(fixture->arena, "ca%zu", i));
        ca.status = cases[i].stored;
        fixture_insert(fixture, &ca_entity, &ca);
        struct ca out;
        get(fixture, &ca_entity, ca.id, cases[i].now, &out);
        assert_int_equal(out.status, cases[i].shown);
    }
}

STORE_TEST(a_leaf_is_active_expired_or_revoked)
{
    fixture_add_ca(fixture);
    struct leaf active = fixture_leaf(fixture, "active");
    struct leaf revoked = fixture_leaf(fixture, "revoked");
    revoked.revoked_at = FIXTURE_NOW;
    fixture_insert(fixture, &leaf_entity, &active);
    fixture_insert(fixture, &leaf_entity, &revoked);
    struct leaf out;
    get(fixture, &leaf_entity, "active", FIXTURE_END, &out);
    assert_int_equal(out.status, LEAF_ACTIVE);
    get(fixture, &leaf_entity, "active", FIXTURE_END + 1, &out);
    assert_int_equal(out.status, LEAF_EXPIRED);
    get(fixture, &leaf_entity, "revoked", FIXTURE_END + 1, &out);
    assert_int_equal(out.status, LEAF_REVOKED);
}

STORE_TEST(a_version_knows_its_ca_and_its_parent)
{
    fixture_add_ca(fixture);
    struct ca ca;
    struct ca_version version;
    get(fixture, &ca_entity, "ca1", FIXTURE_NOW, &ca);
    assert_string_equal(ca.issuer_version_id, "root_1");
    get(fixture, &ca_version_entity, "ca1_1", FIXTURE_END + 1, &version);
    assert_int_equal(version.ca_type, CA_ISSUING);
    assert_int_equal(version.status, VERSION_EXPIRED);
}
