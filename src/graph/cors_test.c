#include "unit/unit.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/cors.h"
#include "graph/exchange.h"

static const char origins[] = "https://console.example http://localhost:3000";

static const char *told(const struct exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++)
        if (text_equal(exchange->headers[i].name, name))
            return exchange->headers[i].value;
    return NULL;
}

static struct exchange asked(enum http_method method, const struct header *sent,
                             struct arena *arena)
{
    return (struct exchange){ .method = method, .sent = sent, .arena = arena };
}

TEST(cors_lets_the_pages_of_known_origins_read)
{
    static const struct header sent[] = { { "origin", "http://localhost:3000" }, { NULL, NULL } };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct exchange exchange = asked(HTTP_GET, sent, arena);
    cors_add(origins, &exchange);
    assert_string_equal(told(&exchange, "Access-Control-Allow-Origin"), "http://localhost:3000");
    assert_non_null(told(&exchange, "Access-Control-Expose-Headers"));
    assert_null(told(&exchange, "Access-Control-Allow-Methods"));
    assert_string_equal(told(&exchange, "Vary"), "Origin");
}

TEST(cors_answers_what_browsers_ask_before)
{
    static const struct header sent[] = { { "Origin", "https://console.example" },
                                          { "Access-Control-Request-Method", "PATCH" },
                                          { NULL, NULL } };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct exchange exchange = asked(HTTP_OPTIONS, sent, arena);
    cors_add(origins, &exchange);
    assert_non_null(told(&exchange, "Access-Control-Allow-Methods"));
    assert_non_null(told(&exchange, "Access-Control-Allow-Headers"));
    assert_null(told(&exchange, "Access-Control-Allow-Credentials"));
}

TEST(cors_says_nothing_to_others)
{
    static const char *const others[] = { "https://console.example.org",
                                          "https://console.exampl",
                                          "HTTPS://console.example",
                                          "https://console.example/",
                                          "null",
                                          "*",
                                          "",
                                          " ",
                                          "https://console.example http://localhost:3000" };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        const struct header sent[] = { { "Origin", others[i] }, { NULL, NULL } };
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct exchange exchange = asked(HTTP_GET, sent, arena);
        cors_add(origins, &exchange);
        if (told(&exchange, "Access-Control-Allow-Origin"))
            unit_fail("%s is let in", others[i]);
        assert_non_null(told(&exchange, "Vary"));
        exchange.header_count = 0;
        cors_add("", &exchange);
        assert_int_equal(exchange.header_count, 0);
    }
}

TEST(cors_knows_an_origin)
{
    static const char *const bad[] = { "*",
                                       "null",
                                       "console.example",
                                       "ftp://x",
                                       "https://",
                                       "https://x/",
                                       "https://X",
                                       "https://a https://b/c",
                                       "https://a,https://b" };
    struct error err = { 0 };
    unit_ok(cors_check_origins("", &err), &err);
    unit_ok(cors_check_origins(origins, &err), &err);
    unit_ok(cors_check_origins("https://[::1]:8443", &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (cors_check_origins(bad[i], &err))
            unit_fail("%s is an origin", bad[i]);
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
    }
}
