#include "unit/unit.h"

#include "http/route.h"

#include <string.h>

static void never(void *context, struct http_job *job)
{
    (void)context;
    (void)job;
}

static const struct http_route routes[] = {
    // clang-format off
    { "home",   HTTP_GET,    "/",                          1, ON_LOOP, 0, never },
    { "crl",    HTTP_GET,    "/crl/{ca}/v{n}/current.crl", 1, ON_LOOP, 0, never },
    { "shard",  HTTP_GET,    "/crl/{ca}/v{n}/{shard}.crl", 1, ON_LOOP, 0, never },
    { "both",   HTTP_GET,    "/two/{a}-{b}.x",             1, ON_LOOP, 0, never },
    { "ocsp",   HTTP_GET,    "/ocsp/{ca}/*",               1, ON_LOOP, 0, never },
    { "post",   HTTP_POST,   "/ocsp/{ca}",                 1, ON_LOOP, 0, never },
    { "secret", HTTP_GET,    "/secret",                    2, ON_LOOP, 0, never },
    { "rest",   HTTP_GET,    "/rest/*",                    1, ON_LOOP, 0, never },
    { "add",    HTTP_POST,   "/things",                    1, ON_LOOP, 0, never },
    { "list",   HTTP_GET,    "/things",                    1, ON_LOOP, 0, never },
    { 0 },
    // clang-format on
};

static const struct http_front front = { routes, NULL, NULL };
static const struct http_front *const fronts[] = { &front, NULL };

static struct router *router(void)
{
    struct error err = { .code = ERR_NONE };
    struct router *made = router_new(fronts, NULL, &err);
    unit_ok(made != NULL, &err);
    return made;
}

/* What the path is answered by: a route's name, or the error's. */
static const char *found(enum http_method method, const char *path, struct route_match *match)
{
    SCOPED(router_free) struct router *made = router();
    struct error err = { .code = ERR_NONE };
    if (!router_match(made, LISTENER_HTTP, method, path, match, &err))
        return error_code_text(err.code);
    return match->entry->route->name;
}

TEST(router_finds_the_first_route_that_fits)
{
    static const struct {
        enum http_method method;
        const char *path;
        const char *expected;
    } rows[] = {
        // clang-format off
        { HTTP_GET,    "/",                         "home" },
        { HTTP_HEAD,   "/",                         "home" },
        { HTTP_GET,    "/crl/x/v1/current.crl",     "crl" },
        { HTTP_GET,    "/CRL/x/V1/Current.CRL",     "crl" },
        { HTTP_GET,    "/%63rl/x/v1/current%2ecrl", "crl" },
        { HTTP_GET,    "/crl/x/v1/7.crl",           "shard" },
        { HTTP_GET,    "/crl/x/v1/7.crl/",          "not_found" },
        { HTTP_GET,    "/crl/x/v1/.crl",            "not_found" },
        { HTTP_GET,    "/crl/x/v/7.crl",            "not_found" },
        { HTTP_GET,    "/crl//v1/7.crl",            "not_found" },
        { HTTP_GET,    "/crl/x/v1/current.crlx",    "not_found" },
        { HTTP_GET,    "//crl/x/v1/current.crl",    "not_found" },
        { HTTP_GET,    "/secret",                   "not_found" },
        { HTTP_GET,    "/ocsp/x",                   "ocsp" },
        { HTTP_POST,   "/ocsp/x",                   "post" },
        { HTTP_POST,   "/ocsp/x/y",                 "method_not_allowed" },
        { HTTP_GET,    "/things",                   "list" },
        { HTTP_POST,   "/things",                   "add" },
        { HTTP_DELETE, "/things",                   "method_not_allowed" },
        { HTTP_OTHER,  "/things",                   "method_not_allowed" },
        { HTTP_GET,    "",                          "malformed" },
        { HTTP_GET,    "*",                         "malformed" },
        { HTTP_GET,    "/crl/../things",            "malformed" },
        { HTTP_GET,    "/crl/%2e%2E/things",        "malformed" },
        { HTTP_GET,    "/crl/.%2e",                 "malformed" },
        { HTTP_GET,    "/./things",                 "malformed" },
        { HTTP_GET,    "/ocsp/x/..",                "malformed" },
        { HTTP_GET,    "/ocsp/x/%00",               "malformed" },
        { HTTP_GET,    "/ocsp/x/%0",                "malformed" },
        { HTTP_GET,    "/ocsp/x/%",                 "malformed" },
        { HTTP_GET,    "/ocsp/x/%zz",               "malformed" },
        { HTTP_GET,    "/ocsp/x/...",               "ocsp" },
        { HTTP_GET,    "/ocsp/%ff/x",               "not_found" },
        // clang-format on
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct route_match match;
        assert_string_equal(found(rows[i].method, rows[i].path, &match), rows[i].expected);
    }
}

TEST(router_names_all_methods_of_a_path)
{
    struct route_match match;
    assert_string_equal(found(HTTP_DELETE, "/things", &match), "method_not_allowed");
    assert_int_equal(match.allowed, HTTP_GET | HTTP_HEAD | HTTP_POST);
    assert_non_null(match.entry);
}

TEST(router_gives_a_bad_path_to_the_front_that_has_the_rest)
{
    struct route_match match;
    assert_string_equal(found(HTTP_GET, "/REST/x/%zz", &match), "malformed");
    assert_non_null(match.entry);
    assert_int_equal(match.count, 0);
    assert_string_equal(found(HTTP_GET, "/things/../%zz", &match), "malformed");
    assert_null(match.entry);
    assert_string_equal(found(HTTP_GET, "", &match), "malformed");
    assert_null(match.entry);
}

static void assert_parameter(const char *path, const char *name, const char *expected)
{
    SCOPED(router_free) struct router *made = router();
    struct error err = { .code = ERR_NONE };
    struct route_match match;
    unit_ok(router_match(made, LISTENER_HTTP, HTTP_GET, path, &match, &err), &err);
    const char *text = route_match_find(&match, name);
    if (!expected)
        assert_null(text);
    else
        assert_string_equal(text, expected);
}

TEST(router_decodes_parameters_and_leaves_the_rest_raw)
{
    assert_parameter("/crl/a%2Fb%20c/v12/current.crl", "ca", "a/b c");
    assert_parameter("/crl/a+b/v12/current.crl", "ca", "a+b");
    assert_parameter("/crl/a/v12/current.crl", "n", "12");
    assert_parameter("/crl/a/v12/x.crl.crl", "shard", "x.crl");
    assert_parameter("/crl/a/v12/current.crl", "shard", NULL);
    assert_parameter("/two/1-2-3.x", "a", "1");
    assert_parameter("/two/1-2-3.x", "b", "2-3");
    assert_parameter("/ocsp/a/MEU%2B//x+y=", "*", "MEU%2B//x+y=");
    assert_parameter("/ocsp/a//MEU", "*", "/MEU");
    assert_parameter("/ocsp/a/", "*", "");
    assert_parameter("/ocsp/a", "*", "");
    assert_parameter("/ocsp/%C3%A9/x", "ca", "\xC3\xA9");
}

TEST(router_refuses_a_parameter_too_long_for_its_room)
{
    char path[ROUTE_TEXT_OCTETS_MAX + 32] = "/ocsp/";
    memset(path + 6, 'a', ROUTE_TEXT_OCTETS_MAX - 1);
    struct route_match match;
    assert_string_equal(found(HTTP_GET, path, &match), "ocsp");
    path[6 + ROUTE_TEXT_OCTETS_MAX - 1] = 'a';
    assert_string_equal(found(HTTP_GET, path, &match), "not_found");
}

TEST(router_refuses_patterns_that_cannot_be)
{
    static const char *const patterns[] = { "", "x", "/{a", "/{}", "/{a}{b}", "/a*/*/b/{" };
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        const struct http_route bad[] = { { "bad", HTTP_GET, patterns[i], 1, ON_LOOP, 0, never },
                                          { 0 } };
        const struct http_front one = { bad, NULL, NULL };
        const struct http_front *const table[] = { &one, NULL };
        struct error err = { .code = ERR_NONE };
        assert_null(router_new(table, NULL, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}
