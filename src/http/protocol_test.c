/* What a client sees on the wire: RFC 9110, RFC 9112. */
#include "http/live_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"
#define END  HOST "\r\n"

TEST(a_connection_serves_one_request_after_the_other)
{
    live_start(NULL);
    int fd = live_connect();
    for (int i = 0; i < 3; i++) {
        live_send(fd, i == 1 ? "GET /work HTTP/1.1\r\n" END : "GET /hello HTTP/1.1\r\n" END);
        struct answer answer = live_read(fd);
        assert_int_equal(answer.status, 200);
        assert_string_equal(live_body(answer), "hello");
        assert_string_equal(live_header(answer, "Content-Type"), "text/plain");
        assert_non_null(live_header(answer, "Date"));
        assert_null(live_header(answer, "Server"));
        assert_null(live_header(answer, "Connection"));
        assert_null(live_header(answer, "Strict-Transport-Security"));
    }
    close(fd);
    live_stop();
}

TEST(requests_sent_ahead_are_answered_in_order)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "GET /work HTTP/1.1\r\n" END "POST /echo HTTP/1.1\r\n" HOST
                  "Content-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" END
                  "GET /nowhere HTTP/1.1\r\n" END "GET /hello HTTP/1.1\r\n" END);
    assert_string_equal(live_body(live_read(fd)), "hello");
    assert_string_equal(live_body(live_read(fd)), "abc");
    assert_string_equal(live_body(live_read(fd)), "hello");
    assert_int_equal(live_read(fd).status, 404);
    assert_string_equal(live_body(live_read(fd)), "hello");
    close(fd);
    live_stop();
}

TEST(http_1_0_needs_no_host_and_closes_unless_asked)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    struct answer answer = live_read(fd);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(answer, "Connection"), "keep-alive");
    live_send(fd, "GET /hello HTTP/1.0\r\n\r\n");
    answer = live_read(fd);
    assert_string_equal(live_body(answer), "hello");
    assert_string_equal(live_header(answer, "Connection"), "close");
    assert_true(live_is_closed(fd));
    live_stop();
}

TEST(connection_close_is_honoured_in_any_spelling)
{
    static const char *const values[] = { "close", "Close", "TE, close", "keep-alive,close" };
    live_start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char text[256];
        snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\n" HOST "Connection: %s\r\n\r\n",
                 values[i]);
        int fd = live_connect();
        live_send(fd, text);
        assert_string_equal(live_header(live_read(fd), "Connection"), "close");
        assert_true(live_is_closed(fd));
    }
    live_stop();
}

TEST(head_gets_the_headers_of_get)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "HEAD /hello HTTP/1.1\r\n" END);
    assert_string_equal(live_header(live_read_head(fd), "Content-Length"), "5");
    live_send(fd, "HEAD /big HTTP/1.1\r\n" END);
    assert_string_equal(live_header(live_read_head(fd), "Content-Length"), "8388608");
    live_send(fd, "HEAD /stream/good HTTP/1.1\r\n" END);
    assert_string_equal(live_header(live_read_head(fd), "Content-Length"), "4194304");
    live_send(fd, "GET /hello HTTP/1.1\r\n" END);
    assert_string_equal(live_body(live_read(fd)), "hello");
    assert_int_equal(live_pieces(), 0);
    assert_int_equal(live_releases(), 2);
    close(fd);
    live_stop();
}

TEST(no_content_has_no_length)
{
    live_start(NULL);
    struct answer answer = live_ask("DELETE /empty HTTP/1.1\r\n" END);
    assert_int_equal(answer.status, 204);
    assert_null(live_header(answer, "Content-Length"));
    live_stop();
}

struct refusal {
    const char *request;
    int status;
};

static void assert_refused(const struct refusal *rows, size_t count)
{
    live_start(NULL);
    for (size_t i = 0; i < count; i++) {
        int fd = live_connect();
        live_send(fd, rows[i].request);
        struct answer answer = live_read(fd);
        if (answer.status != rows[i].status)
            unit_fail("%d instead of %d for: %s", answer.status, rows[i].status, rows[i].request);
        close(fd);
    }
    assert_string_equal(live_body(live_ask("GET /hello HTTP/1.1\r\n" END)), "hello");
    live_stop();
}

TEST(ambiguous_requests_are_refused)
{
    static const struct refusal rows[] = {
        /* RFC 9112 §3.2 */
        { "GET /hello HTTP/1.1\r\n\r\n", 400 },
        { "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        /* §6.3 */
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 200 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3,3\r\n\r\nabc", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
        /* §6.1 */
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nabc\r\n0\r\n\r\n",
          400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          200 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 501 },
        { "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 413 },
        /* §5.1 */
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\nabc", 400 },
        { "GET /hello HTTP/1.1\r\n" HOST "A B: c\r\n\r\n", 400 },
        { "GET /hello HTTP/1.1\r\n" HOST ": c\r\n\r\n", 400 },
        /* §2.3, §3 */
        { "GET /hello HTTP/2.0\r\n" END, 400 },
        { "GET /hello HTTP/0.9\r\n" END, 400 },
        { "GET /hello\r\n\r\n", 400 },
        { "rubbish\r\n\r\n", 400 },
    };
    assert_refused(rows, ARRAY_LEN(rows));
}

TEST(a_refused_request_ends_its_connection)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 30\r\n\r\n"
                  "GET /hello HTTP/1.1\r\n" END);
    struct answer answer = live_read(fd);
    assert_int_equal(answer.status, 400);
    assert_string_equal(live_header(answer, "Connection"), "close");
    assert_int_equal(live_read(fd).status, 0);
    close(fd);
    /* evhttp reads no body of HEAD and of methods that it does not know. */
    fd = live_connect();
    live_send(fd, "HEAD /hello HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n"
                  "GET /hello HTTP/1.1\r\n" END);
    assert_string_equal(live_header(live_read_head(fd), "Connection"), "close");
    assert_int_equal(live_read(fd).status, 0);
    close(fd);
    live_stop();
}

TEST(unknown_paths_and_methods_are_told_apart)
{
    static const struct refusal rows[] = {
        { "GET /nowhere HTTP/1.1\r\n" END, 404 },  { "GET /secret HTTP/1.1\r\n" END, 404 },
        { "POST /hello HTTP/1.1\r\n" END, 405 },   { "TRACE /hello HTTP/1.1\r\n" END, 405 },
        { "BREW /hello HTTP/1.1\r\n" END, 405 },   { "OPTIONS * HTTP/1.1\r\n" END, 400 },
        { "GET hello HTTP/1.1\r\n" END, 400 },     { "GET /%2e%2e/hello HTTP/1.1\r\n" END, 400 },
        { "GET /hello%00 HTTP/1.1\r\n" END, 400 },
    };
    assert_refused(rows, ARRAY_LEN(rows));
    live_start(NULL);
    struct answer answer = live_ask("DELETE /echo HTTP/1.1\r\n" END);
    assert_int_equal(answer.status, 405);
    assert_string_equal(live_header(answer, "Allow"), "POST, PUT");
    assert_string_equal(live_header(live_ask("PUT /hello HTTP/1.1\r\n" END), "Allow"), "GET, HEAD");
    live_stop();
}

TEST(targets_reach_the_handler_as_they_were_sent)
{
    static const struct {
        const char *target;
        const char *expected;
    } rows[] = {
        { "/seen/a/b", "target=/seen/a/b path=/seen/a/b query=- name=a rest=b message=-" },
        { "/seen/a//MEUw/x?message=a+b%2Bc",
          "target=/seen/a//MEUw/x?message=a+b%2Bc path=/seen/a//MEUw/x query=message=a+b%2Bc "
          "name=a rest=/MEUw/x message=a+b+c" },
        { "/seen/%41/%2F?x&y=1&message", "target=/seen/%41/%2F?x&y=1&message path=/seen/%41/%2F "
                                         "query=x&y=1&message name=A rest=%2F message=" },
        { "/seen/a/?%6Dessage=1&message=2", "target=/seen/a/?%6Dessage=1&message=2 path=/seen/a/ "
                                            "query=%6Dessage=1&message=2 name=a rest= message=1" },
        { "/seen/a/?message=%zz",
          "target=/seen/a/?message=%zz path=/seen/a/ query=message=%zz name=a rest= message=-" },
        { "http://other:80/seen/a/b?q", "target=http://other:80/seen/a/b?q path=/seen/a/b "
                                        "query=q name=a rest=b message=-" },
    };
    live_start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[512], expected[512];
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" END, rows[i].target);
        snprintf(expected, sizeof expected, "%s host=localhost peer=127.0.0.1", rows[i].expected);
        assert_string_equal(live_body(live_ask(text)), expected);
    }
    /* What follows "//" is no host. */
    assert_int_equal(live_ask("GET //seen/a/b HTTP/1.1\r\n" END).status, 404);
    live_stop();
}

TEST(a_body_over_the_cap_of_its_route_is_refused)
{
    live_start(NULL);
    char text[2048];
    int len = snprintf(text, sizeof text,
                       "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n%01000d", 7);
    assert_int_equal(live_ask(text).status, 200);
    len = snprintf(text, sizeof text,
                   "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n%01001d", 7);
    assert_true(len > 0);
    assert_int_equal(live_ask(text).status, 413);
    live_stop();
}

TEST(a_body_over_all_caps_is_read_and_dropped)
{
    struct http_limits limits = http_limits_default;
    limits.body_octets_max = 4096;
    live_start(&limits);
    int fd = live_connect();
    live_send(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4000000\r\n\r\n");
    char block[10001];
    memset(block, 'x', sizeof block - 1);
    block[sizeof block - 1] = '\0';
    for (int i = 0; i < 400; i++)
        live_send(fd, block);
    assert_int_equal(live_read(fd).status, 413);
    assert_true(live_is_closed(fd));
    live_stop();
}

TEST(headers_over_the_cap_are_refused)
{
    live_start(NULL);
    for (int i = 0; i < 2; i++) {
        size_t len = i == 0 ? http_limits_default.header_octets_max : 100000;
        char *text = malloc(len + 100);
        assert_non_null(text);
        int start = snprintf(text, len + 100, "GET /hello HTTP/1.1\r\n" HOST "X: ");
        memset(text + start, 'x', len);
        memcpy(text + start + len, "\r\n\r\n", 5);
        int fd = live_connect();
        live_send(fd, text);
        int status = live_read(fd).status;
        assert_true(i == 0 ? status == 431 : (status == 400 || status == 0));
        assert_true(live_is_closed(fd));
        free(text);
    }
    live_stop();
}

TEST(expect_100_continue_is_answered)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
                  "Content-Length: 3\r\n\r\n");
    assert_int_equal(live_read_head(fd).status, 100);
    live_send(fd, "abc");
    assert_string_equal(live_body(live_read(fd)), "abc");
    close(fd);
    live_stop();
}

TEST(errors_take_the_form_of_their_front)
{
    live_start(NULL);
    struct answer plain = live_ask("GET /error HTTP/1.1\r\n" END);
    assert_int_equal(plain.status, 409);
    assert_string_equal(live_body(plain), "the name is taken\n");
    struct answer shaped = live_ask("GET /shaped HTTP/1.1\r\n" END);
    assert_int_equal(shaped.status, 409);
    assert_string_equal(live_body(shaped), "{\"code\":\"conflict\"}");
    shaped = live_ask("PATCH /shaped HTTP/1.1\r\n" END);
    assert_int_equal(shaped.status, 405);
    assert_string_equal(live_body(shaped), "{\"code\":\"method_not_allowed\"}");
    live_stop();
}

TEST(requests_are_counted_by_front_and_code)
{
    live_start(NULL);
    live_ask("GET /hello HTTP/1.1\r\n" END);
    live_ask("GET /hello HTTP/1.1\r\n" END);
    live_ask("GET /nowhere HTTP/1.1\r\n" END);
    const char *text = live_metrics();
    assert_non_null(strstr(text, "cloudpki_http_requests_total{front=\"t\",code=\"200\"} 2\n"));
    assert_non_null(strstr(text, "cloudpki_http_requests_total{front=\"none\",code=\"404\"} 1\n"));
    assert_non_null(strstr(text, "cloudpki_http_request_seconds_count{route=\"t.hello\"} 2\n"));
    live_stop();
}
