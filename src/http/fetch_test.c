/* Outgoing requests to a server of ours; the names are those that libcurl resolves itself. */
#include "http/live_test.h"

#include "base/text.h"
#include "http/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL = 1000, PATIENCE_MS = 5000 };

static const char *const loopback[] = { "127.0.0.1", NULL };

struct result {
    bool ok;
    struct error err;
    int status;
    int max_age_s;
    char body[256];
};

static struct result fetch(const char *url, const struct fetch_limits *limits)
{
    struct result result = { 0 };
    struct fetch_answer answer;
    result.ok = fetch_get(url, limits, &answer, &result.err);
    if (result.ok) {
        result.status = answer.status;
        result.max_age_s = answer.max_age_s;
        snprintf(result.body, sizeof result.body, "%s", buf_text(answer.body));
        fetch_answer_clear(&answer);
    }
    return result;
}

static struct result ask(const char *host, const char *path, const char *const *hosts)
{
    char url[512];
    snprintf(url, sizeof url, "http://%s:%u%s", host, live_port(LISTENER_HTTP), path);
    return fetch(url, &(struct fetch_limits){ hosts, SMALL, PATIENCE_MS, NULL, NULL });
}

static struct result ask_redirect(const char *to, const char *const *hosts)
{
    char path[400];
    snprintf(path, sizeof path, "/redirect?to=%s", to);
    return ask("127.0.0.1", path, hosts);
}

TEST(a_body_is_fetched)
{
    live_start(NULL);
    struct result result = ask("127.0.0.1", "/hello", loopback);
    unit_ok(result.ok, &result.err);
    assert_int_equal(result.status, 200);
    assert_int_equal(result.max_age_s, 0);
    assert_string_equal(result.body, "hello");
    live_stop();
}

TEST(another_status_is_an_answer)
{
    live_start(NULL);
    struct result result = ask("127.0.0.1", "/nowhere", loopback);
    unit_ok(result.ok, &result.err);
    assert_int_equal(result.status, 404);
    live_stop();
}

TEST(cache_control_is_read)
{
    static const struct {
        const char *rule;
        int seconds;
    } rows[] = {
        { "max-age=300", 300 }, { "public,%20Max-Age=60,%20must-revalidate", 60 },
        { "no-store", 0 },      { "no-cache,%20max-age=60", 0 },
        { "max-age=x", 0 },     { "max-age=99999999999999999999", 999999999 },
        { "public", 0 },
    };
    live_start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char path[100];
        snprintf(path, sizeof path, "/cached?rule=%s", rows[i].rule);
        struct result result = ask("127.0.0.1", path, loopback);
        unit_ok(result.ok, &result.err);
        assert_int_equal(result.max_age_s, rows[i].seconds);
    }
    live_stop();
}

TEST(a_listed_name_that_leads_to_loopback_is_not_connected_to)
{
    static const char *const named[] = { "pki.localhost", NULL };
    static const char *const both[] = { "pki.localhost", "127.0.0.1", "::1", NULL };
    live_start(NULL);
    struct result result = ask("pki.localhost", "/hello", named);
    assert_int_equal(result.err.code, ERR_INVALID);
    assert_string_equal(result.err.message, "the host has an address that is not public");
    result = ask("pki.localhost", "/hello", both);
    unit_ok(result.ok, &result.err);
    live_stop();
}

TEST(localhost_is_fetched_from_when_it_is_listed)
{
    static const char *const local[] = { "localhost", NULL };
    live_start(NULL);
    struct result result = ask("localhost", "/hello", local);
    unit_ok(result.ok, &result.err);
    assert_false(ask("127.0.0.1", "/hello", local).ok);
    live_stop();
}

TEST(a_proxy_of_the_environment_is_not_used)
{
    live_start(NULL);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    struct result result = ask("127.0.0.1", "/hello", loopback);
    unsetenv("http_proxy");
    unit_ok(result.ok, &result.err);
    live_stop();
}

TEST(a_redirect_within_the_list_is_followed)
{
    live_start(NULL);
    struct result result = ask_redirect("/hello", loopback);
    unit_ok(result.ok, &result.err);
    assert_string_equal(result.body, "hello");
    live_stop();
}

TEST(a_redirect_off_the_list_is_refused)
{
    static const char *const targets[] = {
        "http://127.0.0.2/hello", "http://[::1]/",         "http://localhost/",
        "https://example.com/",   "//169.254.169.254/",    "file:///etc/passwd",
        "gopher://127.0.0.1/",    "http://a:b@127.0.0.1/", "http://127.0.0.1:22/",
    };
    live_start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        struct result result = ask_redirect(targets[i], loopback);
        if (result.ok || result.err.code != ERR_INVALID)
            unit_fail("%s: %s", targets[i], result.err.message);
    }
    live_stop();
}

TEST(three_redirects_are_followed_and_no_more)
{
    live_start(NULL);
    struct result result = ask_redirect("/redirect?to=%2Fredirect%3Fto%3D%252Fhello", loopback);
    unit_ok(result.ok, &result.err);
    assert_string_equal(result.body, "hello");
    result = ask_redirect("/redirect?to=%2Fredirect%3Fto%3D%252Fredirect%253Fto%253D%25252Fhello",
                          loopback);
    assert_int_equal(result.err.code, ERR_INVALID);
    assert_string_equal(result.err.message, "redirected more than 3 times");
    live_stop();
}

TEST(a_large_answer_is_cut_off)
{
    live_start(NULL);
    assert_int_equal(ask("127.0.0.1", "/big", loopback).err.code, ERR_TOO_LARGE);
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/hello", live_port(LISTENER_HTTP));
    assert_int_equal(
        fetch(url, &(struct fetch_limits){ loopback, 4, PATIENCE_MS, NULL, NULL }).err.code,
        ERR_TOO_LARGE);
    struct result result =
        fetch(url, &(struct fetch_limits){ loopback, 5, PATIENCE_MS, NULL, NULL });
    unit_ok(result.ok, &result.err);
    live_stop();
}

TEST(a_slow_answer_is_given_up)
{
    live_start(NULL);
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/later", live_port(LISTENER_HTTP));
    struct result result = fetch(url, &(struct fetch_limits){ loopback, SMALL, 50, NULL, NULL });
    assert_int_equal(result.err.code, ERR_BUSY);
    http_reply(live_take_job(), 200, "text/plain", BYTES_NONE);
    live_stop();
}

TEST(a_request_is_ended_from_elsewhere)
{
    static const atomic_bool stop = true;
    live_start(NULL);
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/hello", live_port(LISTENER_HTTP));
    const struct fetch_limits limits = { loopback, SMALL, PATIENCE_MS, NULL, &stop };
    assert_int_equal(fetch(url, &limits).err.code, ERR_BUSY);
    live_stop();
}

TEST(a_host_that_does_not_answer_is_told)
{
    struct result result =
        fetch("http://127.0.0.1:1025/",
              &(struct fetch_limits){ loopback, SMALL, PATIENCE_MS, NULL, NULL });
    assert_int_equal(result.err.code, ERR_BUSY);
}

TEST(the_certificate_of_https_is_verified)
{
    static const char *const hosts[] = { "localhost", "127.0.0.1", NULL };
    char path[] = "/tmp/fetch_test_XXXXXX", url[100], other[100];
    close(mkstemp(path));
    live_write_certificate(path, 1);
    live_start_tls(NULL, path);
    snprintf(url, sizeof url, "https://localhost:%u/hello", live_port(LISTENER_HTTPS));
    snprintf(other, sizeof other, "https://127.0.0.1:%u/hello", live_port(LISTENER_HTTPS));
    const struct fetch_limits unknown = { hosts, SMALL, PATIENCE_MS, NULL, NULL };
    const struct fetch_limits known = { hosts, SMALL, PATIENCE_MS, path, NULL };
    assert_int_equal(fetch(url, &unknown).err.code, ERR_BUSY);
    assert_int_equal(fetch(other, &known).err.code, ERR_BUSY); /* another name */
    struct result result = fetch(url, &known);
    unit_ok(result.ok, &result.err);
    assert_string_equal(result.body, "hello");
    live_stop();
    unlink(path);
}

TEST(https_is_not_redirected_to_http)
{
    static const char *const hosts[] = { "localhost", NULL };
    char path[] = "/tmp/fetch_test_XXXXXX", url[200];
    close(mkstemp(path));
    live_write_certificate(path, 1);
    live_start_tls(NULL, path);
    snprintf(url, sizeof url, "https://localhost:%u/redirect?to=http://localhost:%u/hello",
             live_port(LISTENER_HTTPS), live_port(LISTENER_HTTP));
    struct result result =
        fetch(url, &(struct fetch_limits){ hosts, SMALL, PATIENCE_MS, path, NULL });
    assert_int_equal(result.err.code, ERR_INVALID);
    live_stop();
    unlink(path);
}
