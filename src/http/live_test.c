#include "http/live_test.h"

#include "base/arena.h"
#include "base/metrics.h"
#include "base/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_TIMEOUT_S = 5,
    PIECE_OCTETS = 64 * 1024,
    PIECES = 64,
    BIG_OCTETS = 8 * 1024 * 1024,
    METRICS_OCTETS_MAX = 256 * 1024,
};

static struct {
    struct http_server *server;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    struct arena *arena;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_job *later;
    bool is_blocked;
    bool is_released;
    atomic_uint runs;
    atomic_uint releases;
    atomic_uint pieces;
} live = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* ---- handlers ---- */

static void answer_hello(void *context, struct http_job *job)
{
    (void)context;
    http_reply(job, 200, "text/plain", bytes_of_text("hello"));
}

static void answer_echo(void *context, struct http_job *job)
{
    (void)context;
    http_reply(job, 200, "application/octet-stream", http_job_body(job));
}

static void answer_seen(void *context, struct http_job *job)
{
    (void)context;
    const char *rest = http_job_parameter(job, "*");
    const char *query = http_job_query_parameter(job, "message");
    const char *name = http_job_parameter(job, "name");
    const char *text = arena_format(
        http_job_arena(job),
        "target=%s path=%s query=%s name=%s rest=%s message=%s host=%s peer=%s",
        http_job_target(job), http_job_path(job), http_job_query(job) ? http_job_query(job) : "-",
        name ? name : "-", rest ? rest : "-", query ? query : "-",
        http_job_header(job, "host") ? http_job_header(job, "host") : "-", http_job_peer(job));
    http_reply(job, 200, "text/plain", bytes_of_text(text));
}

static void keep_for_later(void *context, struct http_job *job)
{
    (void)context;
    pthread_mutex_lock(&live.lock);
    live.later = job;
    pthread_cond_broadcast(&live.changed);
    pthread_mutex_unlock(&live.lock);
}

static void block(void *context, struct http_job *job)
{
    (void)context;
    atomic_fetch_add(&live.runs, 1);
    pthread_mutex_lock(&live.lock);
    live.is_blocked = true;
    pthread_cond_broadcast(&live.changed);
    while (!live.is_released)
        pthread_cond_wait(&live.changed, &live.lock);
    pthread_mutex_unlock(&live.lock);
    http_reply(job, 200, "text/plain", bytes_of_text("done"));
}

static void end_move(void *context, struct http_job *job)
{
    (void)context;
    http_reply(job, 200, "text/plain", bytes_of_text(http_job_state(job)));
}

static void move_back(void *context, struct http_job *job)
{
    http_job_set_state(job, arena_text(http_job_arena(job), "moved twice"));
    if (!http_job_move(job, ON_LOOP, end_move, context))
        abort();
}

static void move(void *context, struct http_job *job)
{
    if (!http_job_move(job, ON_WORKER, move_back, context))
        abort();
}

static void count_release(void *context)
{
    free(context);
    atomic_fetch_add(&live.releases, 1);
}

static void answer_big(void *context, struct http_job *job)
{
    (void)context;
    uint8_t *body = malloc(BIG_OCTETS);
    memset(body, 'b', BIG_OCTETS);
    http_reply_shared(job, 200, "text/plain", (struct bytes){ body, BIG_OCTETS }, count_release,
                      body);
}

struct pieces {
    unsigned made;
    unsigned fails_at;
};

static bool make_piece(void *context, struct buf *out, bool *more)
{
    struct pieces *pieces = context;
    if (pieces->made == pieces->fails_at)
        return false;
    uint8_t *octets = buf_extend(out, PIECE_OCTETS);
    memset(octets, 'a' + (int)(pieces->made % 26), PIECE_OCTETS);
    *more = ++pieces->made < PIECES;
    atomic_fetch_add(&live.pieces, 1);
    return true;
}

static void answer_stream(void *context, struct http_job *job)
{
    (void)context;
    struct pieces *pieces = calloc(1, sizeof *pieces);
    pieces->fails_at = strcmp(http_job_parameter(job, "kind"), "broken") == 0 ? 3 : PIECES + 1;
    unsigned total = PIECES * PIECE_OCTETS;
    if (strcmp(http_job_parameter(job, "kind"), "short") == 0)
        total += 1;
    http_reply_stream(job, 200, "application/pkix-crl", total, make_piece, count_release, pieces);
}

static void answer_etag(void *context, struct http_job *job)
{
    (void)context;
    if (!http_reply_not_modified(job, "\"v1\"", 1000000000))
        http_reply(job, 200, "text/plain", bytes_of_text("fresh"));
}

static void answer_error(void *context, struct http_job *job)
{
    (void)context;
    struct error err = { .code = ERR_NONE };
    fail(&err, ERR_CONFLICT, "the name is taken");
    http_reply_error(job, &err);
}

static void answer_empty(void *context, struct http_job *job)
{
    (void)context;
    http_reply(job, 204, NULL, BYTES_NONE);
}

static void answer_redirect(void *context, struct http_job *job)
{
    (void)context;
    http_job_add_header(job, "Location", http_job_query_parameter(job, "to"));
    http_reply(job, 302, "text/plain", BYTES_NONE);
}

static void answer_cached(void *context, struct http_job *job)
{
    (void)context;
    http_job_add_header(job, "Cache-Control", http_job_query_parameter(job, "rule"));
    http_reply(job, 200, "text/plain", bytes_of_text("kept"));
}

static void shape_error(void *context, struct http_job *job, const struct error *err)
{
    (void)context;
    const char *text =
        arena_format(http_job_arena(job), "{\"code\":\"%s\"}", error_code_text(err->code));
    http_reply(job, error_http_status(err->code), "application/json", bytes_of_text(text));
}

#define BOTH (LISTENER_HTTP | LISTENER_HTTPS)

static const struct http_route routes[] = {
    // clang-format off
    { "t.hello",  HTTP_GET,              "/hello",           BOTH,           ON_LOOP,   0,    answer_hello },
    { "t.work",   HTTP_GET,              "/work",            BOTH,           ON_WORKER, 0,    answer_hello },
    { "t.echo",   HTTP_POST | HTTP_PUT,  "/echo",            BOTH,           ON_WORKER, 1000, answer_echo },
    { "t.seen",   HTTP_GET,              "/seen/{name}/*",   BOTH,           ON_LOOP,   0,    answer_seen },
    { "t.later",  HTTP_GET | HTTP_POST,  "/later",           BOTH,           ON_LOOP,   40000, keep_for_later },
    { "t.block",  HTTP_GET,              "/block",           BOTH,           ON_DESK,   0,    block },
    { "t.move",   HTTP_GET,              "/move",            BOTH,           ON_LOOP,   0,    move },
    { "t.big",    HTTP_GET,              "/big",             BOTH,           ON_LOOP,   0,    answer_big },
    { "t.stream", HTTP_GET,              "/stream/{kind}",   BOTH,           ON_WORKER, 0,    answer_stream },
    { "t.etag",   HTTP_GET | HTTP_POST,  "/etag",            BOTH,           ON_LOOP,   10,   answer_etag },
    { "t.error",  HTTP_GET,              "/error",           BOTH,           ON_LOOP,   0,    answer_error },
    { "t.empty",  HTTP_DELETE,           "/empty",           BOTH,           ON_LOOP,   0,    answer_empty },
    { "t.redirect", HTTP_GET,            "/redirect",        BOTH,           ON_LOOP,   0,    answer_redirect },
    { "t.cached", HTTP_GET,              "/cached",          BOTH,           ON_LOOP,   0,    answer_cached },
    { "t.secret", HTTP_GET,              "/secret",          LISTENER_HTTPS, ON_LOOP,   0,    answer_hello },
    { 0 },
    // clang-format on
};

static const struct http_route shaped_routes[] = {
    { "s.error", HTTP_GET, "/shaped", BOTH, ON_LOOP, 0, answer_error },
    { 0 },
};

/* ---- the server ---- */

static void start(const struct http_limits *limits, const char *https_address)
{
    static const struct http_front plain = { routes, NULL, NULL };
    static const struct http_front shaped = { shaped_routes, shape_error, NULL };
    static const struct http_front *const fronts[] = { &plain, &shaped, NULL };
    struct error err = { .code = ERR_NONE };
    signal(SIGPIPE, SIG_IGN); /* of OpenSSL's writes, in the client */
    live.metrics = metrics_new();
    live.arena = arena_new();
    live.workers = pool_new("worker", 2, 100);
    live.desk = pool_new("desk", 1, 1);
    live.is_blocked = live.is_released = false;
    live.later = NULL;
    atomic_store(&live.runs, 0);
    atomic_store(&live.releases, 0);
    atomic_store(&live.pieces, 0);
    live.server = http_server_new(
        &(struct http_server_options){ .http_address = "127.0.0.1:0",
                                       .https_address = https_address,
                                       .loops = 1,
                                       .limits = limits ? *limits : http_limits_default,
                                       .workers = live.workers,
                                       .desk = live.desk,
                                       .metrics = live.metrics,
                                       .fronts = fronts },
        &err);
    unit_ok(live.server != NULL, &err);
}

void live_start(const struct http_limits *limits)
{
    start(limits, NULL);
}

void live_start_tls(const struct http_limits *limits, const char *pem_path)
{
    struct error err = { .code = ERR_NONE };
    start(limits, "127.0.0.1:0");
    unit_ok(http_server_set_certificate(live.server, pem_path, &err), &err);
}

void live_stop(void)
{
    http_server_free(live.server);
    pool_free(live.workers);
    pool_free(live.desk);
    metrics_free(live.metrics);
    arena_free(live.arena);
    live.server = NULL;
}

struct http_server *live_server(void)
{
    return live.server;
}

unsigned live_port(enum http_listener listener)
{
    return http_server_port(live.server, listener);
}

/* ---- the client ---- */

int live_connect(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)live_port(LISTENER_HTTP)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = READ_TIMEOUT_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void live_send(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        left -= (size_t)sent;
    }
}

static size_t read_some(int fd, void *out, size_t len)
{
    ssize_t count = recv(fd, out, len, 0);
    return count > 0 ? (size_t)count : 0;
}

/* Octet by octet up to the empty line: what follows may be the next answer's. */
static const char *read_head(int fd)
{
    char head[4096];
    size_t len = 0;
    while (len < sizeof head - 1 && read_some(fd, head + len, 1) == 1) {
        head[++len] = '\0';
        if (len >= 4 && strcmp(head + len - 4, "\r\n\r\n") == 0)
            return arena_text(live.arena, head);
    }
    return NULL;
}

struct answer live_read_head(int fd)
{
    struct answer answer = { .head = read_head(fd) };
    if (answer.head) {
        assert_memory_equal(answer.head, "HTTP/1.1 ", 9);
        answer.status = (int)strtol(answer.head + 9, NULL, 10);
    }
    return answer;
}

struct answer live_read(int fd)
{
    struct answer answer = live_read_head(fd);
    if (!answer.head || !live_header(answer, "Content-Length"))
        return answer;
    size_t len = strtoul(live_header(answer, "Content-Length"), NULL, 10);
    uint8_t *body = arena_take(live.arena, len + 1);
    size_t have = 0;
    for (size_t count; have < len && (count = read_some(fd, body + have, len - have)) > 0;)
        have += count;
    answer.body = (struct bytes){ body, have };
    return answer;
}

struct answer live_ask(const char *text)
{
    int fd = live_connect();
    live_send(fd, text);
    struct answer answer = live_read(fd);
    close(fd);
    return answer;
}

bool live_is_closed(int fd)
{
    char octets[4096];
    ssize_t count = 0;
    while ((count = recv(fd, octets, sizeof octets, 0)) > 0)
        continue;
    bool timed_out = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    close(fd);
    return !timed_out;
}

const char *live_header(struct answer answer, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = answer.head; line; line = strstr(line, "\r\n")) {
        line += strspn(line, "\r\n");
        if (strncasecmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0)
            return arena_text_of(live.arena, (struct bytes){ (const uint8_t *)line + len + 2,
                                                             strcspn(line + len + 2, "\r") });
        if (*line == '\0')
            break;
    }
    return NULL;
}

const char *live_body(struct answer answer)
{
    return arena_text_of(live.arena, answer.body);
}

const char *live_metrics(void)
{
    SCOPED(buf_free) struct buf *out = buf_new(METRICS_OCTETS_MAX);
    metrics_print(live.metrics, out);
    return arena_text(live.arena, buf_text(out));
}

struct http_job *live_take_job(void)
{
    pthread_mutex_lock(&live.lock);
    while (!live.later)
        pthread_cond_wait(&live.changed, &live.lock);
    struct http_job *job = live.later;
    live.later = NULL;
    pthread_mutex_unlock(&live.lock);
    return job;
}

void live_wait_blocked(void)
{
    pthread_mutex_lock(&live.lock);
    while (!live.is_blocked)
        pthread_cond_wait(&live.changed, &live.lock);
    pthread_mutex_unlock(&live.lock);
}

void live_unblock(void)
{
    pthread_mutex_lock(&live.lock);
    live.is_released = true;
    pthread_cond_broadcast(&live.changed);
    pthread_mutex_unlock(&live.lock);
}

unsigned live_runs(void)
{
    return atomic_load(&live.runs);
}

void live_wait_queued(size_t count)
{
    while (pool_queued(live.desk) < count)
        sched_yield();
}

unsigned live_releases(void)
{
    return atomic_load(&live.releases);
}

unsigned live_pieces(void)
{
    return atomic_load(&live.pieces);
}

void live_write_certificate(const char *path, long serial)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
