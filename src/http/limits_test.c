/* Slow, idle and too many clients; stopping; ports. */
#include "http/live_test.h"

#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define END "Host: localhost\r\n\r\n"

enum { SLOW_CLIENTS = 5, PATIENCE_MS = 4000, DRIP_MS = 100 };

/* Each sends something every now and then, and would go on for ever. */
static const struct {
    const char *begin;
    const char *drip;
} slow[SLOW_CLIENTS] = {
    { "", "" },
    { "GET /hello HTTP/1.1\r\nX: ", "x" },
    { "GET /hello HTTP/1.1\r\n", "X: y\r\n" },
    { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", "x" },
    { "GET /hello HTTP/1.1\r\n" END, "" },
};

static bool has_closed(int fd)
{
    char octets[1024];
    ssize_t count;
    while ((count = recv(fd, octets, sizeof octets, MSG_DONTWAIT)) > 0)
        continue;
    return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

TEST(slow_and_idle_clients_are_cut_off)
{
    struct http_limits limits = http_limits_default;
    limits.header_timeout_s = limits.body_timeout_s = limits.idle_timeout_s = 1;
    live_start(&limits);
    int fds[SLOW_CLIENTS];
    int left = SLOW_CLIENTS;
    for (int i = 0; i < SLOW_CLIENTS; i++) {
        fds[i] = live_connect();
        live_send(fds[i], slow[i].begin);
    }
    int64_t until = times_monotonic_ms() + PATIENCE_MS;
    while (left > 0 && times_monotonic_ms() < until) {
        poll(NULL, 0, DRIP_MS);
        for (int i = 0; i < SLOW_CLIENTS; i++) {
            if (fds[i] >= 0 && has_closed(fds[i])) {
                close(fds[i]);
                fds[i] = -1;
                left--;
            } else if (fds[i] >= 0) {
                live_send(fds[i], slow[i].drip);
            }
        }
    }
    for (int i = 0; i < SLOW_CLIENTS; i++)
        if (fds[i] >= 0)
            unit_fail("slow client %d is still served", i);
    live_stop();
}

/* evhttp would gather a chunk's line for as long as the body may take. */
TEST(a_line_before_a_chunk_that_never_ends_is_cut_off)
{
    enum { PIECE_OCTETS = 64 * 1024, PIECES_MAX = 4096 };
    char piece[PIECE_OCTETS];
    struct http_limits limits = http_limits_default;
    memset(piece, 'x', sizeof piece);
    live_start(&limits);
    int fd = live_connect();
    live_send(fd, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "3;");
    int sent = 0;
    while (sent < PIECES_MAX && send(fd, piece, sizeof piece, MSG_NOSIGNAL) > 0)
        sent++;
    close(fd);
    assert_in_range(sent, 1, PIECES_MAX - 1);
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 200);
    live_stop();
}

TEST(a_request_that_is_out_is_not_cut_off)
{
    struct http_limits limits = http_limits_default;
    limits.header_timeout_s = limits.body_timeout_s = limits.idle_timeout_s = 0;
    live_start(&limits);
    int fd = live_connect();
    live_send(fd, "GET /later HTTP/1.1\r\n" END);
    struct http_job *job = live_take_job();
    poll(NULL, 0, 1200); /* a sweep */
    http_reply(job, 200, "text/plain", bytes_of_text("still here"));
    assert_string_equal(live_body(live_read(fd)), "still here");
    close(fd);
    live_stop();
}

TEST(connections_over_the_cap_are_closed)
{
    struct http_limits limits = http_limits_default;
    limits.connections_max = 2;
    live_start(&limits);
    int first = live_connect(), second = live_connect();
    live_send(first, "GET /hello HTTP/1.1\r\n" END);
    live_send(second, "GET /hello HTTP/1.1\r\n" END);
    assert_int_equal(live_read(first).status, 200);
    assert_int_equal(live_read(second).status, 200);
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 0);
    assert_non_null(strstr(live_metrics(), "cloudpki_http_connections 2\n"));
    live_send(first, "GET /hello HTTP/1.1\r\nConnection: close\r\n" END);
    assert_int_equal(live_read(first).status, 200);
    assert_true(live_is_closed(first));
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 200);
    close(second);
    live_stop();
}

TEST(connections_of_one_address_have_a_cap)
{
    struct http_limits limits = http_limits_default;
    limits.connections_per_address_max = 1;
    live_start(&limits);
    int first = live_connect();
    live_send(first, "GET /hello HTTP/1.1\r\n" END);
    assert_int_equal(live_read(first).status, 200);
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 0);
    live_send(first, "GET /hello HTTP/1.1\r\nConnection: close\r\n" END);
    assert_int_equal(live_read(first).status, 200);
    assert_true(live_is_closed(first));
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 200);
    live_stop();
}

/* ---- the memory for requests ---- */

enum { MEMORY_OCTETS = 20000, LONG_OCTETS = 25000, PART_OCTETS = 20000 };

#define LONG_HEAD "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 25000\r\n\r\n"
#define HELD      "\ncloudpki_http_request_memory_bytes "

static void start_with_little_memory(void)
{
    struct http_limits limits = http_limits_default;
    limits.memory_octets_max = MEMORY_OCTETS;
    live_start(&limits);
}

static void send_octets(int fd, size_t count)
{
    char octets[LONG_OCTETS + 1];
    assert_true(count <= LONG_OCTETS);
    memset(octets, 'x', count);
    octets[count] = '\0';
    live_send(fd, octets);
}

static unsigned long held(void)
{
    const char *line = strstr(live_metrics(), HELD);
    assert_non_null(line);
    return strtoul(line + strlen(HELD), NULL, 10);
}

static void wait_until_held(unsigned long least, unsigned long most)
{
    int64_t until = times_monotonic_ms() + PATIENCE_MS;
    while ((held() < least || held() > most) && times_monotonic_ms() < until)
        poll(NULL, 0, 10);
    assert_in_range(held(), least, most);
}

static int begin_long_request(void)
{
    int fd = live_connect();
    live_send(fd, LONG_HEAD);
    send_octets(fd, PART_OCTETS);
    wait_until_held(PART_OCTETS / 2, MEMORY_OCTETS);
    return fd;
}

static void assert_refused(int fd)
{
    struct answer answer = live_read(fd);
    assert_int_equal(answer.status, 503);
    assert_string_equal(live_header(answer, "Retry-After"), "2");
    assert_string_equal(live_header(answer, "Connection"), "close");
    assert_string_equal(live_body(answer), "the server is busy\n");
    assert_true(live_is_closed(fd));
}

TEST(a_body_that_would_pass_the_memory_is_refused_before_it_comes)
{
    static const char *const heads[] = {
        "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n",
        "POST /later HTTP/1.1\r\ncontent-LENGTH:30000\r\nHost: a\r\n\r\n",
        "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    };
    start_with_little_memory();
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        int fd = live_connect();
        live_send(fd, heads[i]);
        assert_refused(fd);
    }
    assert_non_null(strstr(live_metrics(), "{front=\"none\",code=\"503\"} 3\n"));
    assert_int_equal(held(), 0);
    live_stop();
}

/* Standard error goes to a file in between. */
TEST(a_flood_of_refusals_is_one_line_a_second)
{
    enum { REFUSALS = 200 };
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    start_with_little_memory();
    int64_t began_ms = times_monotonic_ms();
    for (int i = 0; i < REFUSALS; i++)
        live_ask("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
    int64_t most = (times_monotonic_ms() - began_ms) / 1000 + 1;
    live_stop();
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    char line[512];
    int lines = 0;
    while (fgets(line, sizeof line, file))
        lines += strstr(line, "event=http.refused code=busy") != NULL;
    fclose(file);
    assert_in_range(lines, 1, most);
}

TEST(a_head_that_comes_in_pieces_tells_its_length_too)
{
    static const char head[] = "POST /later HTTP/1.1\r\nHost: a\r\nX-Content-Length: 1\r\n"
                               "Content-Length: 30000\r\n\r\n";
    start_with_little_memory();
    int fd = live_connect();
    for (size_t i = 0; i < sizeof head - 1; i++)
        live_send(fd, (const char[]){ head[i], '\0' });
    assert_refused(fd);
    live_stop();
}

/* RFC 9112 §9.6: the rest is read, or the answer would be lost in a reset. */
TEST(a_body_that_passes_the_memory_on_its_way_is_refused)
{
    enum { CHUNKS = 400 };
    start_with_little_memory();
    int fd = live_connect();
    live_send(fd, "POST /later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < CHUNKS; i++) {
        live_send(fd, "3e8\r\n");
        send_octets(fd, 1000);
        live_send(fd, "\r\n");
    }
    assert_refused(fd);
    wait_until_held(0, 0);
    live_stop();
}

TEST(short_requests_go_on_when_the_memory_is_full)
{
    start_with_little_memory();
    int first = begin_long_request();
    int second = live_connect();
    live_send(second, LONG_HEAD);
    assert_refused(second);
    assert_int_equal(live_ask("GET /hello HTTP/1.1\r\n" END).status, 200);
    assert_string_equal(
        live_body(live_ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")),
        "abc");
    send_octets(first, LONG_OCTETS - PART_OCTETS);
    http_reply(live_take_job(), 200, "text/plain", bytes_of_text("done"));
    assert_int_equal(live_read(first).status, 200);
    wait_until_held(0, 0);
    close(first);
    live_stop();
}

TEST(memory_is_given_back_by_who_leaves_in_the_middle)
{
    start_with_little_memory();
    for (int i = 0; i < 3; i++) {
        close(begin_long_request());
        wait_until_held(0, 0);
    }
    live_stop();
}

TEST(memory_is_held_until_the_request_is_answered)
{
    start_with_little_memory();
    int fd = begin_long_request();
    send_octets(fd, LONG_OCTETS - PART_OCTETS);
    struct http_job *job = live_take_job();
    close(fd);
    wait_until_held(LONG_OCTETS / 2, MEMORY_OCTETS);
    http_reply(job, 200, "text/plain", BYTES_NONE);
    wait_until_held(0, 0);
    live_stop();
}

TEST(memory_is_given_back_by_each_request_of_a_connection)
{
    start_with_little_memory();
    int fd = live_connect();
    for (int i = 0; i < 3; i++) {
        live_send(fd, LONG_HEAD);
        send_octets(fd, LONG_OCTETS);
        http_reply(live_take_job(), 200, "text/plain", bytes_of_text("done"));
        assert_int_equal(live_read(fd).status, 200);
    }
    wait_until_held(0, 0);
    close(fd);
    live_stop();
}

/* ---- stopping ---- */

static void *stop(void *drain_s)
{
    http_server_stop(live_server(), *(const int *)drain_s);
    return NULL;
}

TEST(stopping_lets_a_request_in_flight_finish)
{
    live_start(NULL);
    int busy = live_connect(), idle = live_connect();
    live_send(idle, "GET /hello HTTP/1.1\r\n" END);
    assert_int_equal(live_read(idle).status, 200);
    live_send(busy, "GET /later HTTP/1.1\r\n" END);
    struct http_job *job = live_take_job();
    int drain_s = 30;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, &drain_s), 0);
    assert_true(live_is_closed(idle));
    http_reply(job, 200, "text/plain", bytes_of_text("just in time"));
    struct answer answer = live_read(busy);
    assert_string_equal(live_body(answer), "just in time");
    assert_string_equal(live_header(answer, "Connection"), "close");
    pthread_join(thread, NULL);
    close(busy);
    live_stop();
}

TEST(stopping_closes_what_does_not_finish)
{
    live_start(NULL);
    int fd = live_connect();
    live_send(fd, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    struct http_job *job = live_take_job();
    http_server_stop(live_server(), 0);
    assert_true(live_is_closed(fd));
    /* The handler still has its request, and its reply goes nowhere. */
    assert_true(bytes_equal(http_job_body(job), bytes_of_text("abc")));
    http_reply(job, 200, "text/plain", bytes_of_text("too late"));
    live_stop();
}

TEST(a_stopped_port_is_free_and_a_taken_one_is_a_conflict)
{
    static const struct http_front *const none[] = { NULL };
    live_start(NULL);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%u", live_port(LISTENER_HTTP));
    const struct http_server_options options = {
        .http_address = address, .loops = 2, .limits = http_limits_default, .fronts = none
    };
    struct error err = { .code = ERR_NONE };
    assert_null(http_server_new(&options, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    live_stop();
    error_clear(&err);
    SCOPED(http_server_free) struct http_server *server = http_server_new(&options, &err);
    unit_ok(server != NULL, &err);
}

TEST(addresses_that_cannot_be_are_invalid)
{
    static const struct http_front *const none[] = { NULL };
    static const char *const addresses[] = { "127.0.0.1",   "127.0.0.1:x", "127.0.0.1:65536",
                                             "192.0.2.1:0", "[::1:0",      "" };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        const struct http_server_options options = {
            .http_address = addresses[i], .loops = 1, .limits = http_limits_default, .fronts = none
        };
        struct error err = { .code = ERR_NONE };
        assert_null(http_server_new(&options, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}
