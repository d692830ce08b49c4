/* Replies: later, from other threads, shared, in pieces, not at all. */
#include "http/live_test.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define END "Host: localhost\r\n\r\n"

TEST(a_reply_may_come_later_from_another_thread)
{
    live_start(NULL);
    int fd = live_connect();
    for (int i = 0; i < 3; i++) {
        live_send(fd, "GET /later HTTP/1.1\r\n" END);
        struct http_job *job = live_take_job();
        assert_int_equal(strlen(http_job_id(job)), 36);
        assert_string_equal(http_job_path(job), "/later");
        http_job_add_header(job, "X-Request", http_job_id(job));
        http_reply(job, 201, "text/plain", bytes_of_text("at last"));
        struct answer answer = live_read(fd);
        assert_int_equal(answer.status, 201);
        assert_string_equal(live_body(answer), "at last");
        assert_int_equal(strlen(live_header(answer, "X-Request")), 36);
    }
    close(fd);
    live_stop();
}

TEST(headers_may_be_longer_than_their_first_room)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "GET /later HTTP/1.1\r\n" END);
    struct http_job *job = live_take_job();
    char value[301];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 5; i++)
        http_job_add_header(job, "X-Long", value);
    http_job_add_header(job, "X-Last", "last");
    http_reply(job, 200, NULL, BYTES_NONE);
    struct answer answer = live_read(fd);
    assert_string_equal(live_header(answer, "X-Long"), value);
    assert_string_equal(live_header(answer, "X-Last"), "last");
    assert_string_equal(live_header(answer, "Content-Length"), "0");
    close(fd);
    live_stop();
}

TEST(a_job_may_move_between_threads)
{
    live_start(NULL);
    assert_string_equal(live_body(live_ask("GET /move HTTP/1.1\r\n" END)), "moved twice");
    live_stop();
}

static void wait_released(unsigned count)
{
    while (live_releases() < count)
        sched_yield();
}

TEST(a_reply_to_a_client_that_went_is_dropped)
{
    live_start(NULL);
    for (int i = 0; i < 3; i++) {
        int fd = live_connect();
        live_send(fd, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        struct http_job *job = live_take_job();
        struct linger reset = { .l_onoff = 1 };
        if (i > 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
        assert_true(bytes_equal(http_job_body(job), bytes_of_text("abc")));
        if (i == 1)
            live_ask("GET /hello HTTP/1.1\r\n" END);
        http_reply(job, 200, "text/plain", bytes_of_text("nobody reads this"));
    }
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 200);
    live_stop();
}

TEST(a_shared_body_is_released_once_when_sent_or_lost)
{
    live_start(NULL);
    struct answer answer = live_ask("GET /big HTTP/1.1\r\n" END);
    assert_int_equal(answer.body.len, 8 * 1024 * 1024);
    assert_int_equal(answer.body.data[answer.body.len - 1], 'b');
    wait_released(1);
    int fd = live_connect();
    live_send(fd, "GET /big HTTP/1.1\r\n" END);
    char first[10];
    assert_int_equal(recv(fd, first, sizeof first, 0), sizeof first);
    close(fd);
    wait_released(2);
    live_stop();
}

TEST(a_stream_has_a_length_and_comes_whole)
{
    live_start(NULL);
    int fd = live_connect();
    for (int i = 0; i < 2; i++) {
        live_send(fd, "GET /stream/good HTTP/1.1\r\n" END);
        struct answer answer = live_read(fd);
        assert_int_equal(answer.status, 200);
        assert_null(live_header(answer, "Transfer-Encoding"));
        assert_int_equal(answer.body.len, 4194304);
        for (size_t piece = 0; piece < 64; piece++)
            assert_int_equal(answer.body.data[piece * 65536 + piece], 'a' + (int)(piece % 26));
    }
    live_send(fd, "GET /hello HTTP/1.1\r\n" END);
    assert_string_equal(live_body(live_read(fd)), "hello");
    assert_int_equal(live_pieces(), 128);
    wait_released(2);
    close(fd);
    live_stop();
}

TEST(a_stream_that_fails_ends_the_connection)
{
    static const char *const requests[] = { "GET /stream/broken HTTP/1.1\r\n" END,
                                            "GET /stream/short HTTP/1.1\r\n" END };
    live_start(NULL);
    for (unsigned i = 0; i < ARRAY_LEN(requests); i++) {
        int fd = live_connect();
        live_send(fd, requests[i]);
        struct answer answer = live_read(fd);
        assert_int_equal(answer.status, 200);
        assert_true(answer.body.len < 4194304);
        close(fd);
        wait_released(i + 1);
    }
    live_stop();
}

TEST(a_stream_makes_no_more_than_its_reader_takes)
{
    live_start(NULL);
    int fd = live_connect();
    int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    live_send(fd, "GET /stream/good HTTP/1.1\r\n" END);
    assert_int_equal(live_read_head(fd).status, 200);
    /* Other requests go on while this reader does nothing; then it goes away. */
    for (int i = 0; i < 200; i++)
        assert_int_equal(live_ask("GET /work HTTP/1.1\r\n" END).status, 200);
    assert_true(live_pieces() < 64);
    struct linger reset = { .l_onoff = 1 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    wait_released(1);
    live_stop();
}

TEST(a_cache_is_told_that_nothing_changed)
{
    static const struct {
        const char *condition;
        int status;
    } rows[] = {
        { "If-None-Match: \"v1\"\r\n", 304 },
        { "If-None-Match: W/\"v1\"\r\n", 304 },
        { "If-None-Match: \"v0\", \"v1\"\r\n", 304 },
        { "If-None-Match: *\r\n", 304 },
        { "If-None-Match: \"v2\"\r\n", 200 },
        { "If-None-Match: v1\r\n", 200 },
        { "If-None-Match: \"v1\r\n", 200 },
        { "If-None-Match: \"v2\"\r\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\r\n", 200 },
        { "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\r\n", 304 },
        { "If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT\r\n", 200 },
        { "If-Modified-Since: yesterday\r\n", 200 },
        { "", 200 },
    };
    live_start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[256];
        snprintf(text, sizeof text, "GET /etag HTTP/1.1\r\n%s" END, rows[i].condition);
        struct answer answer = live_ask(text);
        assert_int_equal(answer.status, rows[i].status);
        assert_string_equal(live_header(answer, "ETag"), "\"v1\"");
        assert_string_equal(live_header(answer, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
        assert_true((live_header(answer, "Content-Length") == NULL) == (rows[i].status == 304));
    }
    assert_int_equal(live_ask("POST /etag HTTP/1.1\r\nIf-None-Match: *\r\n" END).status, 200);
    live_stop();
}

TEST(a_full_queue_answers_503)
{
    live_start(NULL);
    int first = live_connect(), second = live_connect();
    live_send(first, "GET /block HTTP/1.1\r\n" END);
    live_wait_blocked();
    live_send(second, "GET /block HTTP/1.1\r\n" END);
    live_wait_queued(1);
    struct answer answer = live_ask("GET /block HTTP/1.1\r\n" END);
    assert_int_equal(answer.status, 503);
    assert_non_null(live_header(answer, "Retry-After"));
    assert_int_equal(live_ask("GET /work HTTP/1.1\r\n" END).status, 200);
    live_unblock();
    assert_string_equal(live_body(live_read(first)), "done");
    assert_string_equal(live_body(live_read(second)), "done");
    close(first);
    close(second);
    live_stop();
}

TEST(a_request_whose_time_passed_in_the_queue_is_not_begun)
{
    struct http_limits limits = http_limits_default;
    limits.request_timeout_s = 0;
    live_start(&limits);
    struct answer answer = live_ask("GET /block HTTP/1.1\r\n" END);
    assert_int_equal(answer.status, 503);
    assert_int_equal(live_runs(), 0);
    live_stop();
}
