/* Relying parties ask over the wire, and OpenSSL reads what they get. */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/responder.h"
#include "ca/status/publish.h"
#include "ca/status/revoke.h"
#include "ca/world_test.h"
#include "http/server.h"
#include "ocsp/index.h"
#include "ocsp/ocsp.h"
#include "ocsp/sign.h"
#include "store/rows.h"
#include "x509/der.h"
#include "x509/reason.h"

#include <arpa/inet.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_OCTETS_MAX = 4 * 1024 * 1024 };

DEFINE_SCOPED(OCSP_REQUEST *, OCSP_REQUEST_free)
DEFINE_SCOPED(OCSP_RESPONSE *, OCSP_RESPONSE_free)
DEFINE_SCOPED(OCSP_BASICRESP *, OCSP_BASICRESP_free)
DEFINE_SCOPED(X509 *, X509_free)

/* ---- a server, and a CA with two leaves ---- */

struct scene {
    struct world *world;
    struct ocsp *ocsp;
    struct http_front front;
    const struct http_front *fronts[2];
    struct pool *pool;
    struct http_server *server;
    struct ca ca;
    struct leaf leaf;
    struct leaf other;
    X509 *issuer;
    unsigned long verify_flags;
};

typedef void scene_body_fn(struct scene *scene);

static void run_scene(struct world *world, scene_body_fn *body)
{
    struct scene scene = { .world = world };
    struct error err = { .code = ERR_NONE };
    world->now = times_now();
    scene.ca = world_issuing(world);
    scene.leaf = world_leaf(world, scene.ca.id, "device");
    scene.other = world_leaf(world, scene.ca.id, "other");
    scene.issuer = world_x509(world_version(world, scene.ca.id).certificate);
    scene.ocsp = ocsp_new(world->authority, world->fixture->store, NULL);
    assert_non_null(scene.ocsp);
    scene.front = ocsp_front(scene.ocsp);
    scene.fronts[0] = &scene.front;
    scene.pool = pool_new("test", 2, 64);
    const struct http_server_options options = { .http_address = "127.0.0.1:0",
                                                 .loops = 1,
                                                 .limits = http_limits_default,
                                                 .workers = scene.pool,
                                                 .desk = scene.pool,
                                                 .fronts = scene.fronts };
    scene.server = http_server_new(&options, &err);
    unit_ok(scene.server != NULL, &err);
    body(&scene);
    http_server_stop(scene.server, 1);
    pool_free(scene.pool);
    http_server_free(scene.server);
    ocsp_free(scene.ocsp);
    X509_free(scene.issuer);
}

#define SCENE_TEST(test_name)                           \
    static void test_name##_scene(struct scene *scene); \
    WORLD_TEST(test_name)                               \
    {                                                   \
        run_scene(world, test_name##_scene);            \
    }                                                   \
    static void test_name##_scene(struct scene *scene)

/* ---- asking ---- */

static ASN1_INTEGER *number_of(struct bytes serial)
{
    SCOPED(buf_free) struct buf *der = buf_new(64);
    der_put(der, DER_INTEGER, serial);
    const unsigned char *p = buf_bytes(der).data;
    return d2i_ASN1_INTEGER(NULL, &p, (long)buf_len(der));
}

static void add_id(OCSP_REQUEST *request, X509 *issuer, const EVP_MD *md, struct bytes serial)
{
    ASN1_INTEGER *number = number_of(serial);
    OCSP_CERTID *id = OCSP_cert_id_new(md, X509_get_subject_name(issuer),
                                       X509_get0_pubkey_bitstr(issuer), number);
    assert_non_null(OCSP_request_add0_id(request, id));
    ASN1_INTEGER_free(number);
}

static OCSP_REQUEST *ask_for(const struct scene *scene, const EVP_MD *md, struct bytes serial)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    add_id(request, scene->issuer, md, serial);
    return request;
}

static struct bytes encode(const struct scene *scene, OCSP_REQUEST *request)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_REQUEST(request, &der);
    struct bytes out = arena_bytes(scene->world->arena, (struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return out;
}

struct reply {
    int status;
    const char *head;
    struct bytes body;
};

static struct reply split(const struct scene *scene, struct bytes whole)
{
    const char *text = arena_text_of(scene->world->arena, whole);
    const char *end = strstr(text, "\r\n\r\n");
    assert_non_null(end);
    size_t head = (size_t)(end - text) + 4;
    return (struct reply){
        .status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0'),
        .head = arena_text_of(scene->world->arena, (struct bytes){ whole.data, head }),
        .body = { whole.data + head, whole.len - head },
    };
}

/* One connection, one request, and all that comes until it is closed. */
static struct reply exchange(const struct scene *scene, struct bytes octets)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)http_server_port(scene->server, LISTENER_HTTP)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    size_t sent = 0;
    while (sent < octets.len) {
        ssize_t len = send(fd, octets.data + sent, octets.len - sent, MSG_NOSIGNAL);
        if (len <= 0)
            break;
        sent += (size_t)len;
    }
    SCOPED(buf_free) struct buf *in = buf_new(REPLY_OCTETS_MAX);
    uint8_t some[4096];
    for (ssize_t len; (len = recv(fd, some, sizeof some, 0)) > 0;)
        buf_add(in, (struct bytes){ some, (size_t)len });
    close(fd);
    return split(scene, arena_bytes(scene->world->arena, buf_bytes(in)));
}

static struct reply post(const struct scene *scene, const char *path, struct bytes body)
{
    SCOPED(buf_free) struct buf *out = buf_new(REPLY_OCTETS_MAX);
    buf_add_format(out,
                   "POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                   "Content-Type: application/ocsp-request\r\nContent-Length: %zu\r\n\r\n",
                   path, body.len);
    buf_add(out, body);
    return exchange(scene, buf_bytes(out));
}

static struct reply get(const struct scene *scene, const char *path, const char *headers)
{
    SCOPED(buf_free) struct buf *out = buf_new(REPLY_OCTETS_MAX);
    buf_add_format(out, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n", path, headers);
    return exchange(scene, buf_bytes(out));
}

static const char *path_of(const struct scene *scene)
{
    return arena_format(scene->world->arena, "/ocsp/%s", scene->ca.id);
}

/* Percent-encoded as App. A.1 says. */
static const char *get_path(const struct scene *scene, const char *before, struct bytes der)
{
    SCOPED(buf_free) struct buf *base64 = buf_new(65536);
    SCOPED(buf_free) struct buf *escaped = buf_new(65536);
    base64_encode(der, base64);
    percent_encode(buf_text(base64), escaped);
    return arena_format(scene->world->arena, "%s/%s", before, buf_text(escaped));
}

static const char *header(const struct scene *scene, struct reply reply, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = strstr(reply.head, "\r\n"); p; p = strstr(p, "\r\n")) {
        p += 2;
        if (strncasecmp(p, name, len) == 0 && p[len] == ':')
            return arena_text_of(scene->world->arena, (struct bytes){ (const uint8_t *)p + len + 2,
                                                                      strcspn(p + len + 2, "\r") });
    }
    return NULL;
}

/* ---- reading ---- */

struct verdict {
    int status;
    int reason;
    time_t revoked_at;
    time_t this_update;
    time_t next_update;
};

static int error_of(struct reply reply)
{
    const unsigned char *p = reply.body.data;
    SCOPED(OCSP_RESPONSE_free)
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)reply.body.len);
    assert_non_null(response);
    return OCSP_response_status(response);
}

static time_t time_of(const ASN1_GENERALIZEDTIME *time)
{
    struct tm tm = { 0 };
    if (time)
        assert_int_equal(ASN1_TIME_to_tm(time, &tm), 1);
    return time ? timegm(&tm) : 0;
}

/* Verifies with nothing but the CA's certificate. */
static OCSP_BASICRESP *basic_of(const struct scene *scene, struct reply reply)
{
    assert_int_equal(reply.status, 200);
    assert_string_equal(header(scene, reply, "Content-Type"), "application/ocsp-response");
    const unsigned char *p = reply.body.data;
    SCOPED(OCSP_RESPONSE_free)
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)reply.body.len);
    assert_non_null(response);
    assert_int_equal(OCSP_response_status(response), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, scene->issuer);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    /* Who may have signed without a certificate in the answer: the CA, RFC 6960 §4.2.2.2. */
    STACK_OF(X509) *issuers = sk_X509_new_null();
    sk_X509_push(issuers, scene->issuer);
    assert_int_equal(
        OCSP_basic_verify(basic, issuers, store, scene->verify_flags | OCSP_TRUSTOTHER), 1);
    sk_X509_free(issuers);
    X509_STORE_free(store);
    return basic;
}

static struct verdict verdict_of(const struct scene *scene, struct reply reply, int i)
{
    SCOPED(OCSP_BASICRESP_free) OCSP_BASICRESP *basic = basic_of(scene, reply);
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    struct verdict verdict;
    assert_true(i < OCSP_resp_count(basic));
    verdict.status = OCSP_single_get0_status(OCSP_resp_get0(basic, i), &verdict.reason, &revoked,
                                             &this_update, &next_update);
    verdict.revoked_at = time_of(revoked);
    verdict.this_update = time_of(this_update);
    verdict.next_update = time_of(next_update);
    return verdict;
}

static struct reply ask(const struct scene *scene, const EVP_MD *md, struct bytes serial)
{
    SCOPED(OCSP_REQUEST_free) OCSP_REQUEST *request = ask_for(scene, md, serial);
    return post(scene, path_of(scene), encode(scene, request));
}

static void revoke_leaf(struct scene *scene, const struct leaf *leaf, enum reason reason)
{
    struct world *world = scene->world;
    struct error err = { .code = ERR_NONE };
    struct leaf out;
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, leaf->ca_id, leaf->id, reason,
                           world->now, world->arena, &out, &err),
            &err);
}

/* ---- the tests ---- */

SCENE_TEST(pki_rules_6_good_until_revoked_then_revoked_at_once)
{
    for (int i = 0; i < 3; i++) {
        struct verdict good = verdict_of(scene, ask(scene, EVP_sha1(), scene->leaf.serial), 0);
        assert_int_equal(good.status, V_OCSP_CERTSTATUS_GOOD);
        assert_int_equal(good.next_update - good.this_update, 12 * HOUR);
        assert_int_equal(verdict_of(scene, ask(scene, EVP_sha256(), scene->leaf.serial), 0).status,
                         V_OCSP_CERTSTATUS_GOOD);
    }
    ask(scene, EVP_sha1(), scene->other.serial);
    revoke_leaf(scene, &scene->leaf, REASON_KEY_COMPROMISE);
    struct verdict revoked = verdict_of(scene, ask(scene, EVP_sha1(), scene->leaf.serial), 0);
    assert_int_equal(revoked.status, V_OCSP_CERTSTATUS_REVOKED);
    assert_int_equal(revoked.reason, REASON_KEY_COMPROMISE);
    assert_int_equal(revoked.revoked_at, scene->world->now);
    assert_int_equal(verdict_of(scene, ask(scene, EVP_sha256(), scene->leaf.serial), 0).status,
                     V_OCSP_CERTSTATUS_REVOKED);
    assert_int_equal(verdict_of(scene, ask(scene, EVP_sha1(), scene->other.serial), 0).status,
                     V_OCSP_CERTSTATUS_GOOD);
}

SCENE_TEST(pki_rules_6_a_serial_not_ours_is_unknown_for_a_minute)
{
    struct verdict verdict = verdict_of(scene, ask(scene, EVP_sha1(), unit_hex("4001")), 0);
    assert_int_equal(verdict.status, V_OCSP_CERTSTATUS_UNKNOWN);
    assert_true(verdict.next_update - verdict.this_update <= 60);
    assert_int_equal(
        verdict_of(scene, ask(scene, EVP_sha1(), unit_hex("7f0102030405060708090a0b0c0d0e0f")), 0)
            .status,
        V_OCSP_CERTSTATUS_UNKNOWN);
}

SCENE_TEST(pki_rules_6_no_cert_id_of_ours_is_unauthorized)
{
    struct ca_version root = world_version(scene->world, scene->ca.issuer_id);
    SCOPED(X509_free) X509 *issuer = world_x509(root.certificate);
    SCOPED(OCSP_REQUEST_free) OCSP_REQUEST *request = OCSP_REQUEST_new();
    add_id(request, issuer, EVP_sha1(), scene->ca.serial);
    struct bytes der = encode(scene, request);
    struct reply reply = post(scene, path_of(scene), der);
    assert_int_equal(reply.status, 200);
    assert_int_equal(error_of(reply), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    assert_string_equal(header(scene, reply, "Cache-Control"), "no-store");
    reply = post(scene, "/ocsp/01234567-89ab-4cde-8f01-23456789abcd", der);
    assert_int_equal(error_of(reply), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *sha384 = ask_for(scene, EVP_sha384(), scene->leaf.serial);
    reply = post(scene, path_of(scene), encode(scene, sha384));
    assert_int_equal(error_of(reply), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *ours = ask_for(scene, EVP_sha1(), scene->leaf.serial);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            error_of(post(scene, arena_format(scene->world->arena, "/ocsp/%s", scene->ca.issuer_id),
                          encode(scene, ours))),
            OCSP_RESPONSE_STATUS_UNAUTHORIZED);
}

SCENE_TEST(ocsp_without_a_ca_finds_it_by_the_issuers_key)
{
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *request = ask_for(scene, EVP_sha256(), scene->leaf.serial);
    struct bytes der = encode(scene, request);
    struct reply replies[] = { post(scene, "/ocsp", der), post(scene, "/ocsp/", der),
                               get(scene, get_path(scene, "/ocsp", der), "") };
    for (size_t i = 0; i < ARRAY_LEN(replies); i++)
        assert_int_equal(verdict_of(scene, replies[i], 0).status, V_OCSP_CERTSTATUS_GOOD);
    const struct ca wish = world_wish(CA_ROOT, "Later Root", "");
    struct ca later;
    assert_int_equal(world_create(scene->world, &wish, &later), ERR_NONE);
    X509_free(scene->issuer);
    scene->issuer = world_x509(world_version(scene->world, later.id).certificate);
    usleep(100000); /* the index rests between two rebuilds */
    SCOPED(OCSP_REQUEST_free) OCSP_REQUEST *of_later = ask_for(scene, EVP_sha1(), unit_hex("41"));
    assert_int_equal(verdict_of(scene, post(scene, "/ocsp", encode(scene, of_later)), 0).status,
                     V_OCSP_CERTSTATUS_UNKNOWN);
}

SCENE_TEST(rfc_6960_a_1_get_in_every_spelling_is_one_answer)
{
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *request = ask_for(scene, EVP_sha1(), scene->leaf.serial);
    struct bytes der = encode(scene, request);
    struct arena *arena = scene->world->arena;
    SCOPED(buf_free) struct buf *plain = buf_new(65536);
    SCOPED(buf_free) struct buf *url = buf_new(65536);
    base64_encode(der, plain);
    base64url_encode(der, url);
    const char *path = path_of(scene);
    const char *upper = get_path(scene, path, der);
    const char *const paths[] = {
        upper,
        arena_format(arena, "%s/%s", path, buf_text(plain)),
        arena_format(arena, "%s/%s", path, buf_text(url)),
        arena_format(arena, "%s//%s", path, buf_text(plain)),
        arena_format(arena, "/OCSP/%s/%s", scene->ca.id, buf_text(plain)),
    };
    struct reply first = get(scene, paths[0], "");
    assert_int_equal(verdict_of(scene, first, 0).status, V_OCSP_CERTSTATUS_GOOD);
    for (size_t i = 1; i < ARRAY_LEN(paths); i++)
        assert_true(bytes_equal(get(scene, paths[i], "").body, first.body));
    assert_true(bytes_equal(post(scene, path, der).body, first.body));
    const char *old = arena_format(arena, "GET %s HTTP/1.0\r\n\r\n", upper);
    struct reply oldest = exchange(scene, bytes_of_text(old));
    assert_int_equal(oldest.status, 200);
    assert_true(bytes_equal(oldest.body, first.body));
}

SCENE_TEST(rfc_5019_6_2_get_says_how_long_it_may_be_kept)
{
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *request = ask_for(scene, EVP_sha1(), scene->leaf.serial);
    const char *path = get_path(scene, path_of(scene), encode(scene, request));
    struct reply reply = get(scene, path, "");
    const char *etag = header(scene, reply, "ETag");
    const char *modified = header(scene, reply, "Last-Modified");
    assert_string_equal(header(scene, reply, "Cache-Control"),
                        "max-age=60, public, no-transform, must-revalidate");
    time_t expires, last_modified;
    assert_true(times_parse_http(header(scene, reply, "Expires"), &expires));
    assert_true(times_parse_http(modified, &last_modified));
    assert_int_equal(last_modified, verdict_of(scene, reply, 0).this_update);
    assert_true(expires - times_now() <= 60);
    struct arena *arena = scene->world->arena;
    const char *with_etag = arena_format(arena, "If-None-Match: %s\r\n", etag);
    const char *with_date = arena_format(arena, "If-Modified-Since: %s\r\n", modified);
    assert_int_equal(get(scene, path, with_etag).status, 304);
    assert_int_equal(get(scene, path, with_date).status, 304);
    assert_int_equal(get(scene, path, "If-None-Match: \"x\"\r\n").status, 200);
    revoke_leaf(scene, &scene->leaf, REASON_UNSPECIFIED);
    assert_int_equal(get(scene, path, with_etag).status, 200);
}

SCENE_TEST(pki_rules_6_a_nonce_is_echoed_and_never_kept)
{
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *request = ask_for(scene, EVP_sha1(), scene->leaf.serial);
    assert_int_equal(OCSP_request_add1_nonce(request, NULL, 32), 1);
    const char *path = get_path(scene, path_of(scene), encode(scene, request));
    struct reply first = get(scene, path, "");
    struct reply second = get(scene, path, "");
    assert_string_equal(header(scene, first, "Cache-Control"), "no-store");
    assert_null(header(scene, first, "ETag"));
    assert_false(bytes_equal(first.body, second.body));
    SCOPED(OCSP_BASICRESP_free) OCSP_BASICRESP *basic = basic_of(scene, first);
    assert_int_equal(OCSP_check_nonce(request, basic), 1);
    SCOPED(OCSP_BASICRESP_free)
    OCSP_BASICRESP *without = basic_of(scene, ask(scene, EVP_sha1(), scene->leaf.serial));
    assert_int_equal(OCSP_check_nonce(request, without), -1);
}

SCENE_TEST(pki_rules_6_several_cert_ids_have_one_signer)
{
    revoke_leaf(scene, &scene->other, REASON_SUPERSEDED);
    struct ca_version root = world_version(scene->world, scene->ca.issuer_id);
    SCOPED(X509_free) X509 *foreign = world_x509(root.certificate);
    SCOPED(OCSP_REQUEST_free) OCSP_REQUEST *request = OCSP_REQUEST_new();
    add_id(request, scene->issuer, EVP_sha1(), scene->leaf.serial);
    add_id(request, scene->issuer, EVP_sha256(), scene->other.serial);
    add_id(request, foreign, EVP_sha1(), scene->ca.serial);
    struct reply reply = post(scene, "/ocsp", encode(scene, request));
    scene->verify_flags = OCSP_NOCHECKS; /* OpenSSL wants all of one issuer, even the unknown */
    assert_int_equal(verdict_of(scene, reply, 0).status, V_OCSP_CERTSTATUS_GOOD);
    assert_int_equal(verdict_of(scene, reply, 1).status, V_OCSP_CERTSTATUS_REVOKED);
    assert_int_equal(verdict_of(scene, reply, 2).status, V_OCSP_CERTSTATUS_UNKNOWN);
    for (int i = 3; i < 32; i++)
        add_id(request, scene->issuer, EVP_sha1(), scene->leaf.serial);
    reply = post(scene, path_of(scene), encode(scene, request));
    assert_int_equal(verdict_of(scene, reply, 31).status, V_OCSP_CERTSTATUS_GOOD);
    add_id(request, scene->issuer, EVP_sha1(), scene->leaf.serial);
    reply = post(scene, path_of(scene), encode(scene, request));
    assert_int_equal(error_of(reply), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
}

SCENE_TEST(pki_rules_6_bad_der_is_malformed_and_a_megabyte_too_large)
{
    const char *path = path_of(scene);
    struct reply reply = post(scene, path, bytes_of_text("0\x03\x02\x01\x01"));
    assert_int_equal(reply.status, 200);
    assert_int_equal(error_of(reply), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    assert_int_equal(error_of(post(scene, path, BYTES_NONE)),
                     OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    assert_int_equal(error_of(get(scene, path, "")), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    assert_int_equal(error_of(get(scene, "/ocsp/*", "")), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    assert_int_equal(post(scene, "/ocsp/nobody", BYTES_NONE).status, 404);
    uint8_t *megabyte = memory_new(1 << 20);
    reply = post(scene, path, (struct bytes){ megabyte, 1 << 20 });
    memory_free(megabyte);
    assert_int_equal(reply.status, 413);
}

/* Signed for this request, by this kind of responder. */
static int status_by(struct scene *scene, enum responder_kind kind, struct bytes serial)
{
    static const int key_types[] = { [RESPONDER_P256] = EVP_PKEY_EC,
                                     [RESPONDER_RSA] = EVP_PKEY_RSA,
                                     [RESPONDER_CA] = EVP_PKEY_NONE };
    struct error err = { .code = ERR_NONE };
    scene->world->authority->settings.responder = kind;
    unit_ok(responder_renew_due(scene->world->authority, ++scene->world->now, &err), &err);
    SCOPED(OCSP_REQUEST_free) OCSP_REQUEST *request = ask_for(scene, EVP_sha1(), serial);
    assert_int_equal(OCSP_request_add1_nonce(request, NULL, 16), 1);
    struct reply reply = post(scene, path_of(scene), encode(scene, request));
    SCOPED(OCSP_BASICRESP_free) OCSP_BASICRESP *basic = basic_of(scene, reply);
    X509 *signer = sk_X509_value(OCSP_resp_get0_certs(basic), 0);
    int key_type = signer ? EVP_PKEY_get_base_id(X509_get0_pubkey(signer)) : EVP_PKEY_NONE;
    assert_int_equal(key_type, key_types[kind]);
    return verdict_of(scene, reply, 0).status;
}

SCENE_TEST(rfc_6960_4_2_2_2_each_responder_answers_and_a_revoked_ca_still_does)
{
    struct world *world = scene->world;
    struct error err = { .code = ERR_NONE };
    struct ca out;
    for (int kind = RESPONDER_P256; kind <= RESPONDER_CA; kind++)
        assert_int_equal(status_by(scene, (enum responder_kind)kind, scene->leaf.serial),
                         V_OCSP_CERTSTATUS_GOOD);
    unit_ok(ca_revoke(world->authority, &world->actor, scene->ca.id, 0, 0, REASON_KEY_COMPROMISE,
                      world->now, world->arena, &out, &err),
            &err);
    for (int kind = RESPONDER_P256; kind <= RESPONDER_CA; kind++)
        assert_int_equal(status_by(scene, (enum responder_kind)kind, scene->leaf.serial),
                         V_OCSP_CERTSTATUS_REVOKED);
}

/* ---- what needs another time than now ---- */

static struct answer *sign_at(const struct scene *scene, struct index *index, time_t now,
                              struct error *err)
{
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *theirs = ask_for(scene, EVP_sha1(), scene->leaf.serial);
    struct ocsp_request request;
    const struct signing signing = {
        .authority = scene->world->authority,
        .store = scene->world->fixture->store,
        .index = index,
        .ca_id = scene->ca.id,
        .now = now,
        .now_ms = times_monotonic_ms(),
    };
    unit_ok(ocsp_request_parse(encode(scene, theirs), &request, err), err);
    return sign_answer(&signing, &request, err);
}

SCENE_TEST(pki_rules_6_no_window_passes_the_responders_end)
{
    SCOPED(index_free) struct index *index = index_new(scene->world->fixture->store);
    struct error err = { .code = ERR_NONE };
    struct leaf responder;
    SCOPED(session_free)
    struct session *session = store_read(scene->world->fixture->store, &err);
    unit_ok(leaves_newest(session, scene->ca.id, 1, LEAF_RESPONDER, scene->world->now,
                          scene->world->arena, &responder, &err),
            &err);
    SCOPED(answer_release)
    struct answer *answer = sign_at(scene, index, responder.not_after - HOUR, &err);
    unit_ok(answer != NULL, &err);
    assert_int_equal(answer->next_update, responder.not_after);
    assert_null(sign_at(scene, index, responder.not_after + 120, &err));
    assert_int_equal(err.code, ERR_BUSY);
    error_clear(&err);
    assert_null(sign_at(scene, index, scene->ca.not_after + 1, &err));
    assert_int_equal(err.code, ERR_FORBIDDEN);
}
