#include "unit/unit.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/world_test.h"
#include "inspection/certificates.h"
#include "inspection/inspection.h"
#include "keys/keys.h"
#include "model/inspection_ca.h"
#include "model/leaf.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"

#include <string.h>

enum { HALF_A_YEAR_S = 182 * 24 * 3600 };

static struct inspection *open_inspection(struct world *world)
{
    return inspection_new(&(struct inspection_options){ .store = world->fixture->store,
                                                        .keys = world->keys,
                                                        .authority = world->authority,
                                                        .key_type = KEY_P256 });
}

static enum error_code make(struct world *world, struct inspection *inspection, const char *name,
                            struct inspection_ca *out)
{
    const struct inspection_ca wish = { .name = name,
                                        .common_name = "Inspection",
                                        .organization_name = "Acme" };
    error_clear(&world->err);
    (void)!inspection_ca_create(inspection, &world->actor, &wish, world->now, world->arena, out,
                                &world->err);
    return world->err.code;
}

static struct inspection_ca read_again(struct world *world, const struct inspection_ca *ca)
{
    struct inspection_ca stored;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    unit_ok(entity_get(session, &inspection_ca_entity, WORLD_TENANT, ca->id, world->now,
                       world->arena, &stored, &err),
            &err);
    return stored;
}

static struct inspection_ca make_signed(struct world *world, struct inspection *inspection,
                                        const char *name, int64_t days)
{
    struct inspection_ca made, out;
    const struct inspection_signer signer = { world_root(world).id, days };
    unit_ok(make(world, inspection, name, &made) == ERR_NONE, &world->err);
    unit_ok(inspection_ca_sign_with(inspection, &world->actor, &made, &signer, world->now,
                                    world->arena, &out, &world->err),
            &world->err);
    return out;
}

static enum error_code turn(struct world *world, struct inspection *inspection,
                            const struct inspection_ca *ca, int64_t status)
{
    const struct inspection_ca stored = read_again(world, ca);
    struct inspection_ca wish = stored, out;
    wish.status = status;
    error_clear(&world->err);
    (void)!inspection_ca_change(inspection, &world->actor, &stored, &wish, world->now, world->arena,
                                &out, &world->err);
    return world->err.code;
}

/* The same certificate as another text. */
static const char *as_base64(struct world *world, const char *pem)
{
    SCOPED(buf_free) struct buf *text = buf_new(65536);
    base64_encode(bytes_of_text(pem), text);
    return arena_text(world->arena, buf_text(text));
}

static enum error_code upload(struct world *world, struct inspection *inspection,
                              const struct inspection_ca *ca, const char *certificate,
                              const char *chain, struct inspection_ca *out)
{
    const struct inspection_ca stored = read_again(world, ca);
    struct inspection_ca wish = stored;
    wish.certificate = certificate;
    wish.chain = chain;
    error_clear(&world->err);
    (void)!inspection_ca_change(inspection, &world->actor, &stored, &wish, world->now, world->arena,
                                out, &world->err);
    return world->err.code;
}

WORLD_TEST(a_key_for_inspection_serves_nothing_else)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca made;
    struct error err = { .code = ERR_NONE };
    unit_ok(make(world, inspection, "one", &made) == ERR_NONE, &world->err);
    static const enum key_purpose others[] = { KEY_CA, KEY_RA, KEY_RESPONDER, KEY_TLS, KEY_TOKEN };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        error_clear(&err);
        assert_null(keys_get(world->keys, made.key_id, others[i], &err));
        assert_int_equal(err.code, ERR_FORBIDDEN);
    }
    error_clear(&err);
    SCOPED(key_free) struct key *key = keys_get(world->keys, made.key_id, KEY_INSPECTION, &err);
    unit_ok(key != NULL, &err);
    assert_int_equal(world_audits(world, "Create ExternalCertificateAuthorityCertificate"), 1);
}

WORLD_TEST(a_name_and_a_key_end_differently)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca made, again;
    struct error err = { .code = ERR_NONE };
    unit_ok(make(world, inspection, "one", &made) == ERR_NONE, &world->err);
    assert_int_equal(make(world, inspection, "ONE", &again), ERR_CONFLICT);
    unit_ok(inspection_ca_delete(inspection, &world->actor, &made, world->now, &err), &err);
    assert_null(keys_get(world->keys, made.key_id, KEY_INSPECTION, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(make(world, inspection, "one", &again), ERR_CONFLICT);
    world->actor.tenant_id = "22222222-2222-4333-8444-555555555555";
    assert_int_equal(make(world, inspection, "one", &again), ERR_NONE);
}

WORLD_TEST(six_months_must_be_left_to_the_second)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 400), out;
    const char *other = as_base64(world, one.certificate);
    world->now = one.validity.not_after - HALF_A_YEAR_S + 1;
    assert_int_equal(upload(world, inspection, &one, other, one.chain, &out), ERR_INVALID);
    assert_non_null(strstr(world->err.message, "six months"));
    world->now--;
    unit_ok(upload(world, inspection, &one, other, one.chain, &out) == ERR_NONE, &world->err);
    assert_string_equal(out.certificate, one.certificate);
    assert_int_equal(out.status, INSPECTION_DISABLED);
}

WORLD_TEST(a_certificate_of_another_key_is_not_taken)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 0);
    struct inspection_ca two, out;
    unit_ok(make(world, inspection, "two", &two) == ERR_NONE, &world->err);
    assert_int_equal(upload(world, inspection, &two, one.certificate, one.chain, &out),
                     ERR_INVALID);
    assert_non_null(strstr(world->err.message, "its key is not"));
    assert_int_equal(read_again(world, &two).status, INSPECTION_CSR_GENERATED);
}

WORLD_TEST(the_clock_ends_what_is_enabled)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 400);
    time_t end = one.validity.not_after;
    unit_ok(turn(world, inspection, &one, INSPECTION_ENABLED) == ERR_NONE, &world->err);
    world->now = end - INSPECTION_EXPIRING_S;
    assert_int_equal(read_again(world, &one).status, INSPECTION_ENABLED);
    world->now++;
    assert_int_equal(read_again(world, &one).status, INSPECTION_EXPIRING);
    world->now = end;
    assert_int_equal(read_again(world, &one).status, INSPECTION_EXPIRING);
    world->now++;
    assert_int_equal(read_again(world, &one).status, INSPECTION_EXPIRED);
    assert_int_equal(turn(world, inspection, &one, INSPECTION_DISABLED), ERR_CONFLICT);
}

WORLD_TEST(one_is_enabled_until_it_ends)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 400);
    struct inspection_ca two = make_signed(world, inspection, "two", 1000);
    unit_ok(turn(world, inspection, &one, INSPECTION_ENABLED) == ERR_NONE, &world->err);
    assert_int_equal(turn(world, inspection, &two, INSPECTION_ENABLED), ERR_CONFLICT);
    assert_non_null(strstr(world->err.message, "'one'"));
    world->now = one.validity.not_after;
    assert_int_equal(turn(world, inspection, &two, INSPECTION_ENABLED), ERR_CONFLICT);
    world->now++;
    unit_ok(turn(world, inspection, &two, INSPECTION_ENABLED) == ERR_NONE, &world->err);
    assert_int_equal(read_again(world, &one).status, INSPECTION_EXPIRED);
}

static struct leaf row_at_issuer(struct world *world, const struct inspection_ca *ca)
{
    struct leaf leaf;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    unit_ok(entity_get(session, &leaf_entity, WORLD_TENANT, ca->issued_id, world->now, world->arena,
                       &leaf, &err),
            &err);
    return leaf;
}

WORLD_TEST(what_replaces_a_certificate_of_ours_revokes_it)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 0), out;
    const struct inspection_signer signer = { world_root(world).id, 0 };
    struct leaf leaf = row_at_issuer(world, &one);
    assert_int_equal(leaf.kind, LEAF_SUB_CA);
    assert_int_equal(leaf.revoked_at, 0);
    unit_ok(inspection_ca_sign_with(inspection, &world->actor, &one, &signer, world->now,
                                    world->arena, &out, &world->err),
            &world->err);
    assert_int_equal(row_at_issuer(world, &one).revoked_at, world->now);
    assert_int_equal(row_at_issuer(world, &out).revoked_at, 0);
    unit_ok(turn(world, inspection, &out, INSPECTION_REVOKED) == ERR_NONE, &world->err);
    assert_int_equal(row_at_issuer(world, &out).revoked_at, world->now);
    assert_int_equal(read_again(world, &out).status, INSPECTION_REVOKED);
}

static bool revoke(struct session *session, void *context, struct error *err)
{
    return leaves_revoke(session, context, 1, WORLD_NOW, err);
}

WORLD_TEST(revoked_by_its_issuer_it_is_no_longer_enabled)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 0);
    struct inspection_ca two = make_signed(world, inspection, "two", 0);
    unit_ok(turn(world, inspection, &one, INSPECTION_ENABLED) == ERR_NONE, &world->err);
    struct leaf leaf = row_at_issuer(world, &one);
    fixture_write(world->fixture, revoke, &leaf);
    assert_int_equal(read_again(world, &one).status, INSPECTION_REVOKED);
    assert_int_equal(turn(world, inspection, &one, INSPECTION_DISABLED), ERR_CONFLICT);
    unit_ok(turn(world, inspection, &two, INSPECTION_ENABLED) == ERR_NONE, &world->err);
}

WORLD_TEST(a_change_of_something_older_is_refused)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca one = make_signed(world, inspection, "one", 0);
    const struct inspection_ca stale = read_again(world, &one);
    struct inspection_ca wish = stale, out;
    unit_ok(turn(world, inspection, &one, INSPECTION_ENABLED) == ERR_NONE, &world->err);
    wish.status = INSPECTION_REVOKED;
    assert_false(inspection_ca_change(inspection, &world->actor, &stale, &wish, world->now,
                                      world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_PRECONDITION);
    assert_int_equal(row_at_issuer(world, &one).revoked_at, 0);
}

WORLD_TEST(a_ca_that_may_have_none_below_signs_none)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct inspection_ca made, out;
    const struct inspection_signer signer = { world_issuing(world).id, 0 };
    unit_ok(make(world, inspection, "one", &made) == ERR_NONE, &world->err);
    assert_false(inspection_ca_sign_with(inspection, &world->actor, &made, &signer, world->now,
                                         world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
    assert_non_null(strstr(world->err.message, "pathLenConstraint 0"));
    assert_int_equal(world_audits(world, "IssueSubCACertificate CloudCertificationAuthority"), 0);
}
