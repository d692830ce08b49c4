#include "unit/unit.h"

#include "base/arena.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/text.h"
#include "ca/issuer.h"
#include "ca/stored_key.h"
#include "ca/world_test.h"
#include "keys/keys.h"
#include "model/grant.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/statement.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/usage.h"

#include <openssl/x509_vfy.h>
#include <semaphore.h>
#include <string.h>

enum { OCTETS_MAX = 16384, LIST_OCTETS_MAX = 64 * 1024 * 1024 };

/* ---- the world ---- */

static bool insert_tenant(struct session *session, void *context, struct error *err)
{
    (void)context;
    return tenants_insert(session, WORLD_TENANT, "Test", WORLD_NOW, err);
}

void world_run(struct fixture *fixture, world_body_fn *body)
{
    static const uint8_t master[MASTER_KEY_OCTETS] = { 1 };
    struct world world = { .fixture = fixture,
                           .arena = fixture->arena,
                           .actor = { WORLD_TENANT, "test", NULL },
                           .now = WORLD_NOW };
    const struct keys_options keys = { .master_key = BYTES_OF(master),
                                       .load = stored_key_load,
                                       .context = &fixture->store,
                                       .generator_queue_max = 8,
                                       .generator_wait_s = 60 };
    world.keys = keys_new(&keys, &world.err);
    unit_ok(world.keys != NULL, &world.err);
    const struct authority_options options = { .store = fixture->store,
                                               .keys = world.keys,
                                               .workers = fixture->workers,
                                               .settings = authority_settings_default };
    world.authority = authority_new(&options, &world.err);
    unit_ok(world.authority != NULL, &world.err);
    fixture_write(fixture, insert_tenant, NULL);
    body(&world);
    authority_free(world.authority);
    keys_free(world.keys);
}

/* ---- CAs ---- */

static struct extended_key_usage default_usages[] = {
    { "Client authentication", "1.3.6.1.5.5.7.3.2" },
    { "Server authentication", "1.3.6.1.5.5.7.3.1" },
};

struct ca world_wish(int64_t type, const char *common_name, const char *issuer_id)
{
    return (struct ca){
        .display_name = common_name,
        .type = type,
        .issuer_id = issuer_id,
        .validity_years = type == CA_ROOT ? 20 : 10,
        .common_name = common_name,
        .organization = "Acme",
        .country = "CH",
        .key_size = KEY_P256,
        .hash = 1,
        .ekus = { default_usages, ARRAY_LEN(default_usages) },
    };
}

enum error_code world_create(struct world *world, const struct ca *wish, struct ca *out)
{
    error_clear(&world->err);
    if (!ca_create(world->authority, &world->actor, wish, world->now, world->arena, out,
                   &world->err))
        return world->err.code;
    return ERR_NONE;
}

static struct ca find_or_create(struct world *world, const struct ca *wish)
{
    struct ca ca;
    struct error err = { .code = ERR_NONE };
    const struct query query = {
        .entity = &ca_entity,
        .tenant_id = WORLD_TENANT,
        .now = world->now,
        .fixed = { { "common_name", V_TEXT(wish->common_name) } },
        .fixed_count = 1,
        .top = 1,
    };
    struct session *session = store_read(world->fixture->store, &err);
    bool found = entity_find(session, &query, world->arena, &ca, &err);
    session_free(session);
    if (!found)
        unit_ok(world_create(world, wish, &ca) == ERR_NONE, &world->err);
    return ca;
}

struct ca world_root(struct world *world)
{
    struct ca wish = world_wish(CA_ROOT, "Test Root", "");
    return find_or_create(world, &wish);
}

struct ca world_issuing(struct world *world)
{
    struct ca root = world_root(world);
    struct ca wish = world_wish(CA_ISSUING, "Test Issuing", root.id);
    return find_or_create(world, &wish);
}

struct ca world_get(struct world *world, const char *ca_id)
{
    struct ca ca;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(
        entity_get(session, &ca_entity, WORLD_TENANT, ca_id, world->now, world->arena, &ca, &err),
        &err);
    session_free(session);
    return ca;
}

struct ca_version world_version(struct world *world, const char *ca_id)
{
    struct ca_version version;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(ca_versions_get(session, ca_id, 1, world->now, world->arena, &version, &err), &err);
    session_free(session);
    return version;
}

struct issuer *world_issuer(struct world *world, const char *ca_id)
{
    struct error err = { .code = ERR_NONE };
    struct issuer *issuer = issuer_get(world->authority, WORLD_TENANT, ca_id, 0, world->now, &err);
    unit_ok(issuer != NULL, &err);
    return issuer;
}

/* ---- devices ---- */

EVP_PKEY *world_key(void)
{
    return EVP_EC_gen("P-256");
}

static void put_names(struct world *world, const char *const *texts, struct buf *out)
{
    struct error err = { .code = ERR_NONE };
    struct san items[4];
    struct sans sans = { items, 0 };
    while (sans.count < 4 && texts[sans.count]) {
        unit_ok(san_from_text(texts[sans.count], world->arena, &items[sans.count], &err), &err);
        sans.count++;
    }
    if (!sans.count)
        return;
    struct buf *names = buf_new(OCTETS_MAX);
    sans_encode(&sans, names);
    extension_put(out, OID_SUBJECT_ALT_NAME, false, buf_bytes(names));
    buf_free(names);
}

static void put_usages(struct world *world, const char *const *texts, struct buf *out)
{
    struct error err = { .code = ERR_NONE };
    size_t count = 0;
    struct oids oids;
    while (count < 4 && texts[count])
        count++;
    unit_ok(usages_from_texts(texts, count, world->arena, &oids, &err), &err);
    extension_put_ekus(out, &oids);
}

static struct bytes sign(EVP_PKEY *key, struct bytes octets, uint8_t room[SIGNATURE_OCTETS_MAX])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = SIGNATURE_OCTETS_MAX;
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, room, &len, octets.data, octets.len), 1);
    EVP_MD_CTX_free(context);
    return (struct bytes){ room, len };
}

static struct bytes subject_of(struct world *world, const char *text)
{
    static const uint8_t empty[] = { DER_SEQUENCE, 0 };
    struct error err = { .code = ERR_NONE };
    if (!text)
        return BYTES_OF(empty);
    struct buf *name = buf_new(OCTETS_MAX);
    unit_ok(name_from_text(text, name, &err), &err);
    struct bytes der = arena_bytes(world->arena, buf_bytes(name));
    buf_free(name);
    return der;
}

static struct bytes encode_csr(struct world *world, const struct csr_wish *wish, EVP_PKEY *key)
{
    uint8_t room[SIGNATURE_OCTETS_MAX];
    unsigned char *spki = NULL;
    int spki_len = i2d_PUBKEY(key, &spki);
    assert_true(spki_len > 0);
    struct buf *extensions = buf_new(OCTETS_MAX);
    struct buf *info = buf_new(OCTETS_MAX);
    struct buf *algorithm = buf_new(64);
    struct buf *csr = buf_new(OCTETS_MAX);
    put_names(world, wish->sans, extensions);
    put_usages(world, wish->ekus, extensions);
    buf_add(extensions, wish->extensions);
    csr_encode_info(subject_of(world, wish->subject), (struct bytes){ spki, (size_t)spki_len },
                    buf_bytes(extensions), info);
    signature_algorithm_put(EVP_PKEY_is_a(key, "RSA") ? KEY_RSA_2048 : KEY_P256, DIGEST_SHA256,
                            algorithm);
    csr_encode(buf_bytes(info), buf_bytes(algorithm), sign(key, buf_bytes(info), room), csr);
    struct bytes der = arena_bytes(world->arena, buf_bytes(csr));
    buf_free(extensions);
    buf_free(info);
    buf_free(algorithm);
    buf_free(csr);
    OPENSSL_free(spki);
    return der;
}

const struct csr *world_csr(struct world *world, const struct csr_wish *wish)
{
    struct error err = { .code = ERR_NONE };
    struct csr *csr = arena_take(world->arena, sizeof *csr);
    EVP_PKEY *key = wish->key ? wish->key : world_key();
    unit_ok(csr_parse(encode_csr(world, wish, key), world->arena, csr, &err), &err);
    if (!wish->key)
        EVP_PKEY_free(key);
    return csr;
}

struct challenge world_challenge(struct world *world, const char *ca_id, const char *subject)
{
    char *id = arena_take(world->arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    return (struct challenge){
        .id = id,
        .tenant_id = WORLD_TENANT,
        .ca_id = ca_id,
        .secret_mac = bytes_of_text(id),
        .subject = subject ? subject_of(world, subject) : BYTES_NONE,
        .uses_max = 1000,
        .expires_at = world->now + 7200,
        .created_by = "test",
        .created_at = world->now,
    };
}

const struct grant *world_grant(struct world *world, const struct challenge *challenge)
{
    struct grant *grant = arena_take(world->arena, sizeof *grant);
    fixture_insert(world->fixture, &challenge_entity, challenge);
    *grant = grant_of_challenge(challenge, world->now);
    return grant;
}

struct issue_request world_request(struct world *world, const struct grant *grant,
                                   const struct csr *csr)
{
    return (struct issue_request){ .ca_id = grant->ca_id,
                                   .csr = csr,
                                   .grant = grant,
                                   .actor = "test",
                                   .now = world->now,
                                   .arena = world->arena };
}

struct waiting {
    struct issued issued;
    struct error err;
    sem_t is_done;
};

static void note_done(void *context, const struct issued *issued, const struct error *err)
{
    struct waiting *waiting = context;
    waiting->issued = *issued;
    waiting->err = *err;
    sem_post(&waiting->is_done);
}

struct issued world_issue(struct world *world, const struct issue_request *request)
{
    struct waiting waiting;
    sem_init(&waiting.is_done, 0, 0);
    ca_issue(world->authority, request, note_done, &waiting);
    sem_wait(&waiting.is_done);
    sem_destroy(&waiting.is_done);
    world->err = waiting.err;
    return waiting.issued;
}

struct leaf world_stored(struct world *world, const char *leaf_id)
{
    struct leaf leaf;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(entity_get(session, &leaf_entity, WORLD_TENANT, leaf_id, world->now, world->arena,
                       &leaf, &err),
            &err);
    session_free(session);
    return leaf;
}

struct leaf world_leaf(struct world *world, const char *ca_id, const char *name)
{
    const char *subject = arena_format(world->arena, "CN=%s", name);
    struct challenge challenge = world_challenge(world, ca_id, subject);
    const struct csr_wish wish = { .subject = subject };
    const struct issue_request request =
        world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    struct issued issued = world_issue(world, &request);
    unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
    return world_stored(world, issued.certificate_id);
}

static bool keep_count(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

int64_t world_audits(struct world *world, const char *activity)
{
    static const struct statement count = { "SELECT count(*) FROM audit_events WHERE activity = $1",
                                            "t" };
    struct error err = { .code = ERR_NONE };
    int64_t rows = -1;
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(session_query(session, &count, VALUES(V_TEXT(activity)), keep_count, &rows, &err),
            &err);
    session_free(session);
    return rows;
}

/* ---- lists as relying parties see them ---- */

bool world_find_list(struct world *world, const char *ca_id, int64_t version, int64_t kind,
                     struct list_seen *out)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    SCOPED(buf_free) struct buf *der = buf_new(LIST_OCTETS_MAX);
    unit_ok(session != NULL, &err);
    if (!crls_current(session, ca_id, version, kind, world->arena, &out->row, &err))
        return false;
    out->chunks = 0;
    while ((int64_t)buf_len(der) < out->row.size)
        unit_ok(crls_read(session, out->row.id, out->chunks++, der, &err), &err);
    assert_int_equal(buf_len(der), out->row.size);
    out->der = arena_bytes(world->arena, buf_bytes(der));
    unit_ok(crl_parse(out->der, &out->crl, &err), &err);
    return true;
}

struct list_seen world_list(struct world *world, const char *ca_id, int64_t kind)
{
    struct list_seen seen;
    assert_true(world_find_list(world, ca_id, 1, kind, &seen));
    return seen;
}

bool world_is_listed(const struct list_seen *seen, struct bytes serial)
{
    struct crl_entry entry;
    return crl_find(&seen->crl, serial, &entry);
}

/* ---- certificates ---- */

struct certificate world_parse(struct world *world, struct bytes der)
{
    struct certificate certificate;
    struct error err = { .code = ERR_NONE };
    unit_ok(certificate_parse(der, world->arena, &certificate, &err), &err);
    return certificate;
}

X509 *world_x509(struct bytes der)
{
    const unsigned char *at = der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    assert_non_null(x509);
    assert_ptr_equal(at, der.data + der.len);
    return x509;
}

int world_verify(struct bytes leaf, struct bytes chain, time_t now)
{
    X509_STORE *trusted = X509_STORE_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    struct der der = der_of(chain);
    struct bytes whole;
    while (der_take_whole(&der, DER_SEQUENCE, &whole)) {
        X509 *ca = world_x509(whole);
        if (der_at_end(&der))
            assert_int_equal(X509_STORE_add_cert(trusted, ca), 1);
        sk_X509_push(between, ca);
    }
    X509 *end = world_x509(leaf);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_CTX_init(context, trusted, end, between), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), now);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_verify_cert(context);
    int verdict = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_free(end);
    sk_X509_pop_free(between, X509_free);
    X509_STORE_free(trusted);
    return verdict;
}

const char *world_subject(struct world *world, struct bytes der)
{
    struct buf *text = buf_new(OCTETS_MAX);
    struct certificate certificate = world_parse(world, der);
    assert_true(name_text(certificate.subject, text));
    const char *copy = arena_text(world->arena, buf_text(text));
    buf_free(text);
    return copy;
}
