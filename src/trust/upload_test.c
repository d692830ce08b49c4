#include "unit/unit.h"

#include "base/arena.h"
#include "store/entity.h"
#include "store/pkis.h"
#include "trust/certificates_test.h"
#include "trust/trust.h"
#include "trust/trust_inside.h"
#include "trust/world_test.h"

#include <string.h>

enum { NOW = CERTIFICATES_NOW };

static struct bytes make(const char *name)
{
    return certificate_make(&(struct certificate_wish){ .name = name });
}

static struct bytes bundle_of_two(void)
{
    static struct bytes file;
    if (file.len == 0)
        file = certificates_pkcs7(
            (struct bytes[]){ make("A"),
                              certificate_make(&(struct certificate_wish){
                                  .name = "B", .crl_urls = "URI:http://crl.example.org/b.crl" }) },
            2);
    return file;
}

static struct error begin(struct trust *trust, const char *pki_id,
                          const struct pki_upload_wish *wish)
{
    struct error err = { .code = ERR_NONE };
    bool is_begun = upload_begin(trust, &world_actor, pki_id, wish, NOW, &err);
    assert_int_equal(is_begun, err.code == ERR_NONE);
    return err;
}

static void run(struct trust *trust, time_t now)
{
    bool found = false;
    struct error err = { .code = ERR_NONE };
    unit_ok(upload_run_next(trust, now, &found, &err), &err);
    assert_true(found);
    unit_ok(upload_run_next(trust, now, &found, &err), &err);
    assert_false(found);
}

static const char *status_of(struct fixture *fixture, const char *pki_id)
{
    struct pki pki;
    assert_true(world_find_pki(fixture, pki_id, &pki));
    return pki.status ? pki.status : "none";
}

static const char *details_of(struct fixture *fixture, const char *pki_id)
{
    struct pki pki;
    assert_true(world_find_pki(fixture, pki_id, &pki));
    return pki.status_details ? pki.status_details : "none";
}

static void expect_failure(struct fixture *fixture, struct trust *trust,
                           const struct pki_upload_wish *wish, const char *said)
{
    struct pki pki = world_pki(trust, fixture, NULL);
    struct error err = begin(trust, pki.id, wish);
    unit_ok(err.code == ERR_NONE, &err);
    run(trust, NOW);
    assert_string_equal(status_of(fixture, pki.id), "failed");
    if (!strstr(details_of(fixture, pki.id), said))
        unit_fail("%s", details_of(fixture, pki.id));
    assert_int_equal(world_count_cas(fixture, pki.id), 0);
}

static bool keep(const void *object, void *context, struct error *err)
{
    (void)err;
    const struct trusted_ca *ca = object;
    if (strcmp(ca->display_name, "B") == 0)
        *(const char **)context = ca->crl_url;
    return true;
}

STORE_TEST(a_bundle_is_fetched_and_added)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    struct error err = begin(trust, pki.id, &wish);
    unit_ok(err.code == ERR_NONE, &err);
    assert_string_equal(status_of(fixture, pki.id), "running");
    run(trust, NOW + 1);
    assert_string_equal(status_of(fixture, pki.id), "succeeded");
    assert_string_equal(details_of(fixture, pki.id), "2 certificate authorities were added.");
    assert_int_equal(world_count_cas(fixture, pki.id), 2);
    assert_int_equal(world_count_audits(fixture, "Upload CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "UploadAsync CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "Create CertificateAuthorityDetail"), 2);
    const char *crl_url = NULL;
    bool more;
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    const struct query query = { .entity = &trusted_ca_entity, .tenant_id = "t1", .top = 10 };
    unit_ok(entity_list(session, &query, fixture->arena, keep, (void *)&crl_url, &more, &err),
            &err);
    assert_string_equal(crl_url, "http://crl.example.org/b.crl");
}

STORE_TEST(one_upload_at_a_time_in_a_pki)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL), other = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NONE);
    struct error err = begin(trust, pki.id, &wish);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_string_equal(err.message, "an upload to this PKI is running already");
    assert_int_equal(begin(trust, other.id, &wish).code, ERR_NONE);
    assert_int_equal(begin(trust, "nothing", &wish).code, ERR_NOT_FOUND);
}

STORE_TEST(urls_that_may_not_be_fetched_are_refused_at_once)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    SCOPED(trust_free) struct trust *closed = trust_new(fixture->store, "");
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    struct error err = begin(closed, pki.id, &wish);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "trust.upload_hosts"));
    static const char *const urls[] = { "https://other.example.org/a", "http://127.0.0.1/a",
                                        "https://pki.example.org@evil/", "ftp://pki.example.org/" };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        wish.url = urls[i];
        err = begin(trust, pki.id, &wish);
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.message, "uploadUrl: ", 11);
    }
    assert_int_equal(world_fetches(), 0);
    assert_string_equal(status_of(fixture, pki.id), "none");
}

STORE_TEST(what_goes_wrong_is_said_in_the_status)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    world_serve(0, BYTES_NONE);
    expect_failure(fixture, trust, &wish, "the host does not answer");
    world_serve(404, BYTES_NONE);
    expect_failure(fixture, trust, &wish, "status 404");
    world_serve(200, make("A"));
    expect_failure(fixture, trust, &wish, "SHA-256");
    wish = world_upload(fixture, bytes_of_text("not a bundle"));
    expect_failure(fixture, trust, &wish, "neither DER nor PEM");
    wish = world_upload(fixture, BYTES_NONE);
    expect_failure(fixture, trust, &wish, "empty");
    wish = world_upload(fixture, unit_file("x509/p256.key.pem"));
    expect_failure(fixture, trust, &wish, "private key");
    static uint8_t large[2 * 1024 * 1024 + 1];
    wish = world_upload(fixture, BYTES_OF(large));
    expect_failure(fixture, trust, &wish, "larger than");
}

STORE_TEST(a_bundle_with_anything_bad_in_it_adds_nothing)
{
    static const struct {
        struct certificate_wish wish;
        const char *said;
    } rows[] = {
        { { .is_leaf = true }, "certificate 2 of the bundle: RFC 5280 §4.2.1.9" },
        { { .digest = "SHA1" }, "not an algorithm that we accept" },
        { { .rsa_bits = 1024 }, "certificate 2" },
        { { .days = -1 }, "certificate 2 of the bundle: it has expired" },
    };
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bytes items[] = { make("A"), certificate_make(&rows[i].wish) };
        struct pki_upload_wish wish =
            world_upload(fixture, certificates_pkcs7(items, ARRAY_LEN(items)));
        expect_failure(fixture, trust, &wish, rows[i].said);
    }
    struct bytes twice[] = { make("A"), make("B"), BYTES_NONE };
    twice[2] = twice[0];
    struct pki_upload_wish wish = world_upload(fixture, certificates_pkcs7(twice, 3));
    expect_failure(fixture, trust, &wish,
                   "certificate 3 of the bundle: duplicate certificate exists: number 1");
}

STORE_TEST(a_second_upload_of_the_same_fails)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NONE);
    run(trust, NOW);
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NONE);
    run(trust, NOW);
    assert_string_equal(status_of(fixture, pki.id), "failed");
    assert_memory_equal(details_of(fixture, pki.id), "duplicate certificate exists", 28);
    assert_int_equal(world_count_cas(fixture, pki.id), 2);
}

static bool take(struct session *session, void *context, struct error *err)
{
    struct fixture *fixture = context;
    struct upload_row row;
    bool found;
    return uploads_take(session, "a process that died", NOW, NOW + 100, fixture->arena, &row,
                        &found, err) &&
           found;
}

static bool pretend(struct session *session, void *context, struct error *err)
{
    struct trusted_ca *ca = context;
    bool added;
    return trusted_ca_insert(session, ca, NOW, &added, err) && added;
}

/* The first of two was added before the process died. */
STORE_TEST(an_upload_that_was_left_behind_goes_on)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct bytes items[] = { make("A"), make("B") };
    struct pki_upload_wish wish = world_upload(fixture, certificates_pkcs7(items, 2));
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NONE);
    fixture_write(fixture, take, fixture);
    bool found = true;
    struct error err = { .code = ERR_NONE };
    unit_ok(upload_run_next(trust, NOW + 99, &found, &err), &err);
    assert_false(found);
    struct trusted_ca first = world_wish(fixture, items[0]);
    first.id = "first";
    first.tenant_id = "t1";
    first.pki_id = pki.id;
    first.upload_id = world_upload_id(fixture);
    first.revision = 1;
    fixture_write(fixture, pretend, &first);
    run(trust, NOW + 101);
    assert_string_equal(status_of(fixture, pki.id), "succeeded");
    assert_int_equal(world_count_cas(fixture, pki.id), 2);
}

STORE_TEST(an_upload_ends_after_half_an_hour_at_the_latest)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NONE);
    run(trust, NOW + 30 * 60 + 1);
    assert_string_equal(details_of(fixture, pki.id), "the upload did not end within 30 minutes");
    assert_int_equal(world_fetches(), 0);
}

STORE_TEST(an_upload_to_a_deleted_pki_fails)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    struct error err = begin(trust, pki.id, &wish);
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW, &err), &err);
    run(trust, NOW);
    assert_string_equal(status_of(fixture, pki.id), "failed");
    assert_int_equal(world_count_cas(fixture, pki.id), 0);
    assert_int_equal(begin(trust, pki.id, &wish).code, ERR_NOT_FOUND);
}

/* With the thread: what is begun ends by itself, and freeing waits for it. */
STORE_TEST(the_thread_works_on_what_is_begun)
{
    struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct pki_upload_wish wish = world_upload(fixture, bundle_of_two());
    struct error err = { .code = ERR_NONE };
    unit_ok(trust_start(trust, &err), &err);
    err = begin(trust, pki.id, &wish);
    unit_ok(err.code == ERR_NONE, &err);
    while (strcmp(status_of(fixture, pki.id), "running") == 0)
        continue;
    trust_free(trust);
    /* By the clock, the upload was begun long ago. */
    assert_string_equal(status_of(fixture, pki.id), "failed");
}
