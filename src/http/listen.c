#include "http/listen.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_MAX = 65535, HOST_OCTETS_MAX = 256 };

struct endpoint {
    struct sockaddr_storage address;
    socklen_t len;
};

static bool split(const char *text, char host[HOST_OCTETS_MAX], const char **port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= HOST_OCTETS_MAX)
        return false;
    bool is_bracketed = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    const char *start = is_bracketed ? text + 1 : text;
    snprintf(host, HOST_OCTETS_MAX, "%.*s", (int)(colon - start - is_bracketed), start);
    *port = colon + 1;
    return true;
}

/* A name is allowed ("localhost:8080"); its first address is taken. */
static bool parse(const char *text, struct endpoint *out, struct error *err)
{
    char host[HOST_OCTETS_MAX];
    const char *port = NULL;
    int64_t number = 0;
    if (!split(text, host, &port) || !text_int(port, 0, PORT_MAX, &number))
        return fail(err, ERR_INVALID, "listener '%s': not ADDRESS:PORT", text);
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    if (getaddrinfo(host[0] ? host : NULL, port, &hints, &found) != 0)
        return fail(err, ERR_INVALID, "listener '%s': no such address", text);
    memcpy(&out->address, found->ai_addr, found->ai_addrlen);
    out->len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static int open_socket(const struct endpoint *endpoint, bool is_shared)
{
    int one = 1;
    int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* Accepted connections inherit TCP_NODELAY: a reply never waits for an ACK of its first part.
     */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
        (!is_shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0) &&
        bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->len) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool refuse(const char *text, struct error *err)
{
    if (errno == EADDRINUSE)
        return fail(err, ERR_CONFLICT, "listener '%s': the port is taken", text);
    return fail(err, ERR_INVALID, "listener '%s': %s", text, strerror(errno));
}

static unsigned port_of(const struct endpoint *endpoint)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (endpoint->address.ss_family == AF_INET6) {
        memcpy(&v6, &endpoint->address, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    memcpy(&v4, &endpoint->address, sizeof v4);
    return ntohs(v4.sin_port);
}

/* Without SO_REUSEPORT, which would let us join the listeners of a process that has the same
 * user and set it too. */
static bool probe(const char *text, const struct endpoint *endpoint, struct error *err)
{
    int fd = open_socket(endpoint, false);
    if (fd < 0)
        return refuse(text, err);
    close(fd);
    return true;
}

bool listen_bind(const char *address, int *sockets, size_t count, unsigned *port, struct error *err)
{
    struct endpoint endpoint = { .len = 0 };
    if (!parse(address, &endpoint, err) || !probe(address, &endpoint, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        sockets[i] = open_socket(&endpoint, true);
        bool ok = sockets[i] >= 0 || refuse(address, err);
        /* The first socket of port 0 settles the port for the others. */
        endpoint.len = sizeof endpoint.address;
        if (ok && getsockname(sockets[i], (struct sockaddr *)&endpoint.address, &endpoint.len) < 0)
            ok = fail(err, ERR_INTERNAL, "getsockname: %s", strerror(errno));
        if (!ok) {
            for (size_t k = 0; k < i + (sockets[i] >= 0); k++)
                close(sockets[k]);
            return false;
        }
    }
    *port = port_of(&endpoint);
    return true;
}
