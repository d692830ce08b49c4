/* HTTPS over certificates made here. */
#include "http/live_test.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define END "Host: localhost\r\n\r\n"

struct pem {
    char path[64];
};

static struct pem new_pem(long serial)
{
    struct pem pem = { "/tmp/http_test_XXXXXX" };
    int fd = mkstemp(pem.path);
    assert_true(fd >= 0);
    close(fd);
    live_write_certificate(pem.path, serial);
    return pem;
}

static int connect_tls_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)live_port(LISTENER_HTTPS)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = 5 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The serial of the certificate seen, and the answer's text; -1 when the handshake fails. */
static long ask_tls(int version, const char *request, char *text, size_t room)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_security_level(context, 0);
    SSL *ssl = SSL_new(context);
    int fd = connect_tls_port();
    long serial = -1;
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1) {
        X509 *certificate = SSL_get1_peer_certificate(ssl);
        serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
        X509_free(certificate);
        SSL_write(ssl, request, (int)strlen(request));
        size_t len = 0;
        for (int count;
             len + 1 < room && (count = SSL_read(ssl, text + len, (int)(room - len - 1))) > 0;)
            len += (size_t)count;
        text[len] = '\0';
        /* At the end comes close_notify, not a bare FIN. */
        if (len + 1 < room)
            assert_int_equal(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return serial;
}

TEST(tls_serves_its_routes_with_hsts)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    struct pem pem = new_pem(7);
    live_start_tls(NULL, pem.path);
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        char text[4096];
        assert_int_equal(ask_tls(versions[i], "GET /secret HTTP/1.1\r\nConnection: close\r\n" END,
                                 text, sizeof text),
                         7);
        assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
        assert_non_null(strstr(text, "\r\nStrict-Transport-Security: max-age="));
        assert_non_null(strstr(text, "\r\n\r\nhello"));
        ask_tls(versions[i], "GET /stream/good HTTP/1.0\r\n" END, text, 4096);
    }
    unlink(pem.path);
    live_stop();
}

TEST(tls_sends_large_replies_whole)
{
    struct pem pem = new_pem(7);
    live_start_tls(NULL, pem.path);
    enum { ROOM = 9 * 1024 * 1024 };
    char *text = malloc(ROOM);
    assert_non_null(text);
    assert_int_equal(ask_tls(TLS1_3_VERSION, "GET /big HTTP/1.0\r\n" END, text, ROOM), 7);
    assert_int_equal(strlen(strstr(text, "\r\n\r\n") + 4), 8 * 1024 * 1024);
    assert_int_equal(ask_tls(TLS1_3_VERSION, "GET /stream/x HTTP/1.0\r\n" END, text, ROOM), 7);
    assert_int_equal(strlen(strstr(text, "\r\n\r\n") + 4), 4 * 1024 * 1024);
    free(text);
    unlink(pem.path);
    live_stop();
}

TEST(tls_before_1_2_is_refused)
{
    struct pem pem = new_pem(7);
    live_start_tls(NULL, pem.path);
    char text[64];
    assert_int_equal(ask_tls(TLS1_1_VERSION, "", text, sizeof text), -1);
    unlink(pem.path);
    live_stop();
}

TEST(a_new_certificate_serves_new_connections)
{
    struct pem old = new_pem(7), new = new_pem(8);
    struct error err = { .code = ERR_NONE };
    char text[4096];
    live_start_tls(NULL, old.path);
    const char *request = "GET /hello HTTP/1.0\r\n" END;
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 7);
    unit_ok(http_server_set_certificate(live_server(), new.path, &err), &err);
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 8);
    assert_false(http_server_set_certificate(live_server(), "/nowhere.pem", &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 8);
    unlink(old.path);
    unlink(new.path);
    live_stop();
}

TEST(handshakes_have_a_cap_and_a_deadline)
{
    struct pem pem = new_pem(7);
    struct http_limits limits = http_limits_default;
    limits.handshakes_max = 1;
    limits.header_timeout_s = 1;
    live_start_tls(&limits, pem.path);
    char text[4096];
    const char *request = "GET /hello HTTP/1.0\r\n" END;
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 7);
    int silent = connect_tls_port();
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), -1);
    assert_true(live_is_closed(silent));
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 7);
    unlink(pem.path);
    live_stop();
}

TEST(tls_tells_who_finds_no_memory_before_it_closes)
{
    struct pem pem = new_pem(7);
    struct http_limits limits = http_limits_default;
    limits.memory_octets_max = 20000;
    live_start_tls(&limits, pem.path);
    char text[4096];
    const char *request = "POST /later HTTP/1.1\r\nContent-Length: 30000\r\n" END;
    assert_int_equal(ask_tls(TLS1_3_VERSION, request, text, sizeof text), 7);
    assert_memory_equal(text, "HTTP/1.1 503 ", 13);
    unlink(pem.path);
    live_stop();
}

TEST(plain_http_on_the_tls_port_is_closed)
{
    struct pem pem = new_pem(7);
    live_start_tls(NULL, pem.path);
    int fd = connect_tls_port();
    live_send(fd, "GET /hello HTTP/1.1\r\n" END);
    assert_true(live_is_closed(fd));
    char text[4096];
    assert_int_equal(ask_tls(TLS1_3_VERSION, "GET /hello HTTP/1.0\r\n" END, text, sizeof text), 7);
    unlink(pem.path);
    live_stop();
}
