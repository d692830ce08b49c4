/*
 * http_load - requests made beforehand, sent over keep-alive connections.
 *
 *     http_load PORT CONNECTIONS TIMES FILE [tls]
 *
 * FILE holds whole HTTP/1.1 requests, each after a line with its length; all are sent TIMES over.
 * Whatever stands in a reply, its status must be 200 or 201. Prints {"requests": N, "seconds": S,
 * "median_us": M, "octets": N, "processor_seconds": P}; P is its own, which the server on the same
 * machine has to do without, octets those of the last reply's body.
 */
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_OCTETS_MAX = 16 * 1024, REPLY_OCTETS_MAX = 4 * 1024 * 1024 };

struct request {
    char *text;
    size_t len;
};

struct load {
    int port;
    SSL_CTX *tls; /* NULL: none */
    struct request *requests;
    int count;
    int total;    /* count times how often */
    int next;     /* atomic */
    double *took; /* of each */
    size_t octets;
};

struct line {
    int fd;
    SSL *tls;
};

static void die(const char *what)
{
    fprintf(stderr, "http_load: %s\n", what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct line connect_to(const struct load *load)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)load->port) };
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    struct line line = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
    if (line.fd < 0 || connect(line.fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("no connection");
    setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    if (!load->tls)
        return line;
    line.tls = SSL_new(load->tls);
    SSL_set_fd(line.tls, line.fd);
    if (SSL_connect(line.tls) != 1)
        die("no TLS");
    return line;
}

static void send_all(struct line line, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent =
            line.tls ? SSL_write(line.tls, data, (int)len) : send(line.fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            die("the connection broke");
        data += sent;
        len -= (size_t)sent;
    }
}

static size_t receive_some(struct line line, char *data, size_t room)
{
    ssize_t got = line.tls ? SSL_read(line.tls, data, (int)room) : recv(line.fd, data, room, 0);
    if (got <= 0)
        die("the reply is cut short");
    return (size_t)got;
}

static size_t length_in(const char *head, const char *end)
{
    static const char name[] = "content-length:";
    for (const char *line = head; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, name, sizeof name - 1) == 0)
            return strtoul(line + sizeof name - 1, NULL, 10);
    die("a reply without Content-Length");
    return 0;
}

/* One reply; gives the body's length. */
static size_t receive(struct line line, char *reply)
{
    size_t used = 0;
    char *end = NULL;
    while (!end) {
        used += receive_some(line, reply + used, HEAD_OCTETS_MAX - used);
        reply[used] = '\0';
        end = strstr(reply, "\r\n\r\n");
        if (!end && used == HEAD_OCTETS_MAX)
            die("a head without end");
    }
    size_t len = length_in(reply, end);
    size_t whole = (size_t)(end + 4 - reply) + len;
    if (whole >= REPLY_OCTETS_MAX)
        die("a reply is too long");
    while (used < whole)
        used += receive_some(line, reply + used, whole - used);
    reply[used] = '\0';
    if (strncmp(reply, "HTTP/1.1 200", 12) != 0 && strncmp(reply, "HTTP/1.1 201", 12) != 0)
        die(reply);
    return len;
}

static void *send_requests(void *context)
{
    struct load *load = context;
    char *reply = malloc(REPLY_OCTETS_MAX);
    struct line line = connect_to(load);
    int i;
    while ((i = __atomic_fetch_add(&load->next, 1, __ATOMIC_RELAXED)) < load->total) {
        const struct request *request = &load->requests[i % load->count];
        double began = seconds(CLOCK_MONOTONIC);
        send_all(line, request->text, request->len);
        size_t octets = receive(line, reply);
        load->took[i] = seconds(CLOCK_MONOTONIC) - began;
        if (i + 1 == load->total)
            load->octets = octets;
    }
    SSL_free(line.tls);
    close(line.fd);
    free(reply);
    return NULL;
}

static void read_requests(struct load *load, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t len;
    if (!file)
        die("no file of requests");
    while (fscanf(file, "%zu", &len) == 1 && fgetc(file) == '\n') {
        load->requests =
            realloc(load->requests, ((size_t)load->count + 1) * sizeof *load->requests);
        struct request *request = &load->requests[load->count++];
        *request = (struct request){ malloc(len), len };
        if (fread(request->text, 1, len, file) != len)
            die("the file of requests is cut short");
    }
    fclose(file);
    if (load->count == 0)
        die("no requests");
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6)
        die("usage: http_load PORT CONNECTIONS TIMES FILE [tls]");
    struct load load = { .port = atoi(argv[1]) };
    int connections = atoi(argv[2]);
    read_requests(&load, argv[4]);
    load.total = load.count * atoi(argv[3]);
    load.took = calloc((size_t)load.total, sizeof *load.took);
    if (argc == 6)
        load.tls = SSL_CTX_new(TLS_client_method());
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    double began = seconds(CLOCK_MONOTONIC);
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, send_requests, &load);
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    double whole = seconds(CLOCK_MONOTONIC) - began;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    qsort(load.took, (size_t)load.total, sizeof *load.took, compare);
    printf("{\"requests\": %d, \"seconds\": %.4f, \"median_us\": %.1f, \"octets\": %zu, "
           "\"processor_seconds\": %.4f}\n",
           load.total, whole, load.took[load.total / 2] * 1e6, load.octets, used);
    return 0;
}
