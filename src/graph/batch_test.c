#include "unit/unit.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "graph/batch.h"

#include <string.h>

/* '…' stands for "…": JSON that can be read in C. */
static json_t *json_of(const char *text)
{
    struct error err = { 0 };
    SCOPED(arena_free) struct arena *arena = arena_new();
    char *json = arena_text(arena, text);
    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *value = json_read(bytes_of_text(json), &err);
    unit_ok(value != NULL, &err);
    return value;
}

static void expect_refusal(const char *text, const char *word)
{
    struct error err = { 0 };
    struct batch batch;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(json_decref) json_t *json = json_of(text);
    if (batch_read(json, "beta", arena, &batch, &err))
        unit_fail("%s is read", text);
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, word))
        unit_fail("%s: %s", text, err.message);
}

TEST(batch_reads_what_is_asked)
{
    struct error err = { 0 };
    struct batch batch;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(json_decref)
    json_t *json = json_of("{'requests':[{'id':'1','method':'get','url':'/users?$top=1?'},"
                           "{'id':'2','method':'POST','url':'users','headers':{'A':'b'},"
                           "'body':{'x':1},'dependsOn':['1']}]}");
    unit_ok(batch_read(json, "v1.0", arena, &batch, &err), &err);
    assert_int_equal(batch.count, 2);
    assert_string_equal(batch.items[0].path, "/v1.0/users");
    assert_string_equal(batch.items[0].query, "$top=1?");
    assert_null(batch.items[0].headers[0].name);
    assert_null(batch.items[0].body);
    assert_string_equal(batch.items[1].path, "/v1.0/users");
    assert_null(batch.items[1].query);
    assert_string_equal(batch.items[1].headers[0].value, "b");
    assert_int_equal(json_object_size(batch.items[1].body), 1);
    assert_int_equal(batch.items[1].needs, 1);
}

TEST(batch_runs_in_the_order_given_but_behind_what_is_needed)
{
    static const size_t expected[] = { 1, 2, 0, 3 };
    struct error err = { 0 };
    struct batch batch;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(json_decref)
    json_t *json = json_of("{'requests':["
                           "{'id':'a','method':'GET','url':'x','dependsOn':['C']},"
                           "{'id':'b','method':'GET','url':'x'},"
                           "{'id':'c','method':'GET','url':'x','dependsOn':['b','B']},"
                           "{'id':'d','method':'GET','url':'x','dependsOn':[]}]}");
    unit_ok(batch_read(json, "beta", arena, &batch, &err), &err);
    assert_memory_equal(batch.order, expected, sizeof expected);
}

#define GOOD "'method':'GET','url':'x'"

TEST(batch_refuses_what_cannot_be)
{
    static const struct {
        const char *text;
        const char *word;
    } rows[] = {
        { "{}", "requests" },
        { "[]", "requests" },
        { "{'requests':{}}", "requests" },
        { "{'requests':[]}", "requests" },
        { "{'requests':[1]}", "requests[0]: an object" },
        { "{'requests':[{" GOOD "}]}", "id" },
        { "{'requests':[{'id':1," GOOD "}]}", "id" },
        { "{'requests':[{'id':''," GOOD "}]}", "id" },
        { "{'requests':[{'id':'a'," GOOD "},{'id':'A'," GOOD "}]}", "requests[1]: id: another" },
        { "{'requests':[{'id':'a','url':'x'}]}", "method" },
        { "{'requests':[{'id':'a','method':'TRACE','url':'x'}]}", "method" },
        { "{'requests':[{'id':'a','method':'GET'}]}", "url" },
        { "{'requests':[{'id':'a','method':'GET','url':''}]}", "url" },
        { "{'requests':[{'id':'a','method':'GET','url':'https://a/b'}]}", "relative" },
        { "{'requests':[{'id':'a','method':'GET','url':'//a/b'}]}", "relative" },
        { "{'requests':[{'id':'a','method':'GET','url':'b#c'}]}", "relative" },
        { "{'requests':[{'id':'a','method':'GET','url':'b\\r\\nc'}]}", "url" },
        { "{'requests':[{'id':'a'," GOOD ",'headers':[]}]}", "headers" },
        { "{'requests':[{'id':'a'," GOOD ",'headers':{'a':1}}]}", "headers" },
        { "{'requests':[{'id':'a'," GOOD ",'headers':{'a':'b\\nc'}}]}", "headers" },
        { "{'requests':[{'id':'a'," GOOD ",'dependsOn':'a'}]}", "dependsOn" },
        { "{'requests':[{'id':'a'," GOOD ",'dependsOn':['b']}]}", "dependsOn" },
        { "{'requests':[{'id':'a'," GOOD ",'dependsOn':[1]}]}", "dependsOn" },
        { "{'requests':[{'id':'a'," GOOD ",'dependsOn':['a']}]}", "circle" },
        { "{'requests':[{'id':'a'," GOOD ",'dependsOn':['b']},{'id':'b'," GOOD
          ",'dependsOn':['a']}]}",
          "circle" },
        { "{'requests':[{'id':'a'," GOOD ",'atomicityGroup':'g'}]}", "atomicityGroup" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect_refusal(rows[i].text, rows[i].word);
}

static void read_many(size_t count, bool is_good)
{
    struct error err = { 0 };
    struct batch batch;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *text = buf_new(65536);
    buf_add_text(text, "{'requests':[");
    for (size_t i = 0; i < count; i++)
        buf_add_format(text, "%s{'id':'%zu'," GOOD "}", i ? "," : "", i);
    buf_add_text(text, "]}");
    SCOPED(json_decref) json_t *json = json_of(buf_text(text));
    assert_int_equal(batch_read(json, "beta", arena, &batch, &err), is_good);
}

TEST(batch_holds_twenty_requests)
{
    read_many(20, true);
    read_many(21, false);
}
