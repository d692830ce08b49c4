/*
 * constant - our HTTP library answering the same octets to everything: the limit of a front.
 *
 *     constant PORT FILE CONTENT-TYPE    serves until it is killed
 */
#include "base/error.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct answer {
    unsigned char octets[65536];
    size_t len;
    const char *type;
};

static void keep(void *context)
{
    (void)context;
}

static void answer(void *context, struct http_job *job)
{
    const struct answer *a = context;
    http_reply_shared(job, 200, a->type, (struct bytes){ a->octets, a->len }, keep, NULL);
}

int main(int argc, char **argv)
{
    static struct answer the_answer;
    if (argc != 4)
        return 2;
    FILE *file = fopen(argv[2], "rb");
    if (!file)
        return 1;
    the_answer.len = fread(the_answer.octets, 1, sizeof the_answer.octets, file);
    fclose(file);
    the_answer.type = argv[3];
    static const struct http_route routes[] = {
        { "constant", HTTP_GET | HTTP_POST, "/*", LISTENER_HTTP, ON_LOOP, 65536, answer },
        { 0 },
    };
    const struct http_front front = { routes, NULL, &the_answer };
    const struct http_front *const fronts[] = { &front, NULL };
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%s", argv[1]);
    struct error err = { .code = ERR_NONE };
    struct http_server *server =
        http_server_new(&(struct http_server_options){ .http_address = address,
                                                       .limits = http_limits_default,
                                                       .workers = pool_new("worker", 1, 16),
                                                       .desk = pool_new("desk", 1, 16),
                                                       .metrics = metrics_new(),
                                                       .fronts = fronts },
                        &err);
    if (!server) {
        fprintf(stderr, "constant: %s\n", err.message);
        return 1;
    }
    for (;;)
        pause();
}
