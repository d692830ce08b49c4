#include "unit/unit.h"

#include "base/arena.h"
#include "http/destination.h"
#include "http/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const char *const hosts[] = { "pki.example.com", "*.cdn.example.com", "192.0.2.7",
                                     "2001:db8::7",     "localhost",         NULL };

static bool is_let_through(const char *url)
{
    struct error err = { .code = ERR_NONE };
    bool ok = fetch_check_url(url, hosts, &err);
    assert_int_equal(err.code, ok ? ERR_NONE : ERR_INVALID);
    return ok;
}

TEST(urls_of_listed_hosts_are_let_through)
{
    static const char *const urls[] = {
        "http://pki.example.com/a.p7b",
        "https://PKI.example.COM/a.p7b?x=1#y",
        "HTTPS://pki.example.com",
        "https://pki.example.com:443/",
        "https://pki.example.com:8443/",
        "http://pki.example.com:80?x",
        "http://a.cdn.example.com/",
        "http://a.b.cdn.example.com/",
        "http://192.0.2.7/",
        "http://[2001:db8::7]/",
        "http://[2001:db8::7]:8080/",
        "http://localhost:8080/",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++)
        if (!is_let_through(urls[i]))
            unit_fail("%s is refused", urls[i]);
}

TEST(other_urls_are_refused)
{
    static const char *const urls[] = {
        "",
        "pki.example.com/a.p7b",
        "//pki.example.com/a.p7b",
        "ftp://pki.example.com/a.p7b",
        "file:///etc/passwd",
        "gopher://pki.example.com/",
        "http:/pki.example.com/",
        "http:///pki.example.com/",
        "http://",
        /* hosts that are not on the list, or only look as if */
        "http://example.com/",
        "http://xpki.example.com/",
        "http://pki.example.com.evil.example/",
        "http://pki.example.com./",
        "http://cdn.example.com/",
        "http://xcdn.example.com/",
        "http://.cdn.example.com.evil.example/",
        "http://*.cdn.example.org/",
        "http://evil.example/pki.example.com",
        "http://evil.example?pki.example.com",
        "http://evil.example#pki.example.com",
        "http://evil.example\\@pki.example.com/",
        "http://pki.example.com\\.evil.example/",
        "http://pki%2eexample.com/",
        "http://pki.example.com%00.evil.example/",
        "http://pki.example.com /",
        "http://pki.example.com/a b",
        "http://pki.example.com/\r\nHost: x",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/meta-data",
        /* listed addresses in other forms */
        "http://3221225991/",
        "http://0xc0000207/",
        "http://0300.0.2.7/",
        "http://192.0.519/",
        "http://192.0.2.7./",
        "http://192.0.2.07/",
        "http://[::ffff:192.0.2.7]/",
        "http://[::ffff:c000:207]/",
        "http://[2001:db8::7%25eth0]/",
        /* credentials, ports */
        "http://user@pki.example.com/",
        "http://user:secret@pki.example.com/",
        "http://pki.example.com@evil.example/",
        "http://@pki.example.com/",
        "http://pki.example.com:0/",
        "http://pki.example.com:22/",
        "http://pki.example.com:25/",
        "http://pki.example.com:1023/",
        "http://pki.example.com:65536/",
        "http://pki.example.com:-80/",
        "http://pki.example.com:80:80/",
        "http://pki.example.com:80@evil.example/",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++)
        if (is_let_through(urls[i]))
            unit_fail("%s is let through", urls[i]);
}

TEST(a_url_is_capped)
{
    char url[DESTINATION_URL_OCTETS_MAX + 2] = "http://pki.example.com/";
    memset(url + strlen(url), 'a', sizeof url - 2 - strlen(url));
    url[sizeof url - 2] = '\0';
    assert_true(is_let_through(url));
    url[sizeof url - 2] = 'a';
    assert_false(is_let_through(url));
}

TEST(an_empty_list_lets_nothing_through)
{
    static const char *const none[] = { NULL };
    struct error err = { .code = ERR_NONE };
    assert_false(fetch_check_url("http://pki.example.com/", none, &err));
}

static bool is_admitted(const char *address, const char *host)
{
    struct sockaddr_in ip4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
    struct sockaddr_storage storage = { 0 };
    if (inet_pton(AF_INET, address, &ip4.sin_addr) == 1)
        memcpy(&storage, &ip4, sizeof ip4);
    else if (inet_pton(AF_INET6, address, &ip6.sin6_addr) == 1)
        memcpy(&storage, &ip6, sizeof ip6);
    else
        unit_fail("%s is no address", address);
    return destination_admits((const struct sockaddr *)&storage, host, hosts);
}

TEST(public_and_listed_addresses_are_admitted)
{
    static const char *const addresses[] = {
        "1.1.1.1",         "9.255.255.255",    "11.0.0.0",    "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",        "172.15.0.1",  "172.32.0.1",     "192.167.1.1",
        "223.255.255.255", "192.0.2.7",        "2001:db8::7", "2600::1",        "2a00:1450::1",
        "::ffff:1.1.1.1",  "64:ff9b::101:101",
    };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        if (!is_admitted(addresses[i], "pki.example.com"))
            unit_fail("%s is refused", addresses[i]);
}

TEST(addresses_that_are_not_public_are_refused)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.8",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::8",
        "2002:7f00:1::",
        "2001::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0.0.0.0",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
    };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        if (is_admitted(addresses[i], "pki.example.com"))
            unit_fail("%s is admitted", addresses[i]);
}

/* RFC 6761 §6.3: only that name is loopback's; another that resolves there is an attack. */
TEST(loopback_is_admitted_for_localhost_only)
{
    assert_true(is_admitted("127.0.0.1", "localhost"));
    assert_true(is_admitted("::1", "LocalHost"));
    assert_false(is_admitted("10.0.0.1", "localhost"));
    assert_false(is_admitted("127.0.0.1", "a.cdn.example.com"));
    static const char *const others[] = { "pki.example.com", NULL };
    struct sockaddr_in loopback = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    assert_false(destination_admits((struct sockaddr *)&loopback, "localhost", others));
}

TEST(sockets_that_are_not_of_the_internet_are_refused)
{
    struct sockaddr local = { .sa_family = AF_UNIX };
    assert_false(destination_admits(&local, "localhost", hosts));
}
