#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "ca/issue/enrolment.h"
#include "ca/issuer.h"
#include "ca/status/revoke.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "store/entity.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/reason.h"
#include "x509/san.h"

#include <openssl/x509v3.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

enum { PKCS_REQ = 19, RENEWAL_REQ = 17 };

static const uint8_t transaction[32] = { 1 };
static const uint8_t request_hash[32] = { 2 };

static struct issue_request scep_request(struct world *world, const struct grant *grant,
                                         const struct csr *csr)
{
    struct issue_request request = world_request(world, grant, csr);
    request.message_type = PKCS_REQ;
    request.transaction = BYTES_OF(transaction);
    request.request = BYTES_OF(request_hash);
    return request;
}

static const struct csr *device_csr(struct world *world)
{
    static const struct csr_wish wish = { .subject = "CN=device" };
    return world_csr(world, &wish);
}

static struct challenge one_time(struct world *world)
{
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    challenge.uses_max = 1;
    return challenge;
}

static int64_t uses_of(struct world *world, const char *id)
{
    struct challenge challenge;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(entity_get(session, &challenge_entity, WORLD_TENANT, id, world->now, world->arena,
                       &challenge, &err),
            &err);
    session_free(session);
    return challenge.uses;
}

static int64_t leaves_of(struct world *world, const char *ca_id)
{
    int64_t count = 0;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(leaves_count_live(session, ca_id, 0, world->now, &count, &err), &err);
    session_free(session);
    return count;
}

/* ---- what is issued ---- */

WORLD_TEST(issue_stores_the_leaf_with_its_device_before_it_answers)
{
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    challenge.device_name = "Laptop";
    challenge.device_id = "d-1";
    challenge.device_platform = "iOS";
    challenge.user_principal_name = "u@example.org";
    challenge.user_id = "u-1";
    challenge.sid = "S-1-5-21-1-2-3-500";
    challenge.validity_days = 30;
    const struct issue_request request =
        world_request(world, world_grant(world, &challenge), device_csr(world));
    struct issued issued = world_issue(world, &request);
    unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
    struct leaf leaf = world_stored(world, issued.certificate_id);
    assert_true(bytes_equal(leaf.certificate, issued.certificate));
    assert_int_equal(leaf.kind, LEAF_DEVICE);
    assert_int_equal(leaf.status, LEAF_ACTIVE);
    assert_string_equal(leaf.subject_name, "CN=device");
    assert_string_equal(leaf.device_name, "Laptop");
    assert_string_equal(leaf.user_principal_name, "u@example.org");
    assert_string_equal(leaf.sid, "S-1-5-21-1-2-3-500");
    assert_string_equal(leaf.challenge_id, challenge.id);
    assert_int_equal(leaf.not_after - leaf.not_before + 1, 30 * DAY);
    assert_int_equal(uses_of(world, challenge.id), 1);
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthorityLeafCertificate"), 1);
    X509 *x509 = world_x509(issued.certificate);
    ASN1_OBJECT *sid = OBJ_txt2obj("1.3.6.1.4.1.311.25.2", 1);
    assert_true(X509_get_ext_by_OBJ(x509, sid, -1) >= 0);
    ASN1_OBJECT_free(sid);
    X509_free(x509);
    struct issuer *issuer = world_issuer(world, ca.id);
    assert_true(bytes_equal(issuer->certificate, issued.issuer));
    issuer_release(issuer);
}

WORLD_TEST(s1_an_empty_subject_makes_the_alternative_names_critical)
{
    static const char *sans[] = { "dns:d.example.org" };
    struct ca ca = world_issuing(world);
    for (int is_empty = 0; is_empty < 2; is_empty++) {
        struct challenge challenge = world_challenge(world, ca.id, is_empty ? NULL : "CN=device");
        challenge.sans = (struct strings){ sans, 1 };
        const struct csr_wish wish = { .subject = is_empty ? NULL : "CN=device" };
        const struct issue_request request =
            world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
        struct issued issued = world_issue(world, &request);
        unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
        X509 *x509 = world_x509(issued.certificate);
        int critical = -2;
        GENERAL_NAMES_free(X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, NULL));
        assert_int_equal(critical, is_empty);
        X509_free(x509);
    }
}

WORLD_TEST(s1_a_leaf_lives_one_calendar_year_unless_told_otherwise)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "year");
    assert_int_equal(leaf.not_before, world->now - 600);
    assert_int_equal(leaf.not_after, times_add_years(world->now - 600, 1) - 1);
    world->authority->settings.leaf_days = 7;
    leaf = world_leaf(world, ca.id, "week");
    assert_int_equal(leaf.not_after, world->now - 600 + 7 * DAY - 1);
    world->now = ca.not_after - 2 * DAY;
    leaf = world_leaf(world, ca.id, "cut");
    assert_int_equal(leaf.not_after, ca.not_after);
}

static enum error_code issue_error(struct world *world, const struct issue_request *request)
{
    struct issued issued = world_issue(world, request);
    assert_int_equal(issued.outcome, ISSUE_FAILED);
    return world->err.code;
}

WORLD_TEST(issue_wants_an_active_issuing_ca_with_a_day_left)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    challenge.expires_at = 0;
    const struct grant *grant = world_grant(world, &challenge);
    struct issue_request request = world_request(world, grant, device_csr(world));
    request.now = ca.not_after - DAY + 1;
    assert_int_equal(issue_error(world, &request), ERR_CONFLICT);
    request.now = ca.not_after + 1;
    assert_int_equal(issue_error(world, &request), ERR_CONFLICT);
    request.now = world->now;
    error_clear(&world->err);
    unit_ok(ca_change_status(world->authority, &world->actor, ca.id, 0, CA_PAUSED, 0, world->now,
                             world->arena, &out, &world->err),
            &world->err);
    assert_int_equal(issue_error(world, &request), ERR_CONFLICT);
    assert_int_equal(uses_of(world, challenge.id), 0);
    struct ca root = world_root(world);
    struct challenge at_root = world_challenge(world, root.id, "CN=device");
    request = world_request(world, world_grant(world, &at_root), device_csr(world));
    assert_int_equal(issue_error(world, &request), ERR_CONFLICT);
    request.ca_id = "nobody";
    assert_int_equal(issue_error(world, &request), ERR_NOT_FOUND);
}

/* The issuer that this worker still has is stale: the write decides. */
WORLD_TEST(issue_decides_again_in_the_write)
{
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    const struct grant *grant = world_grant(world, &challenge);
    struct issuer *issuer = world_issuer(world, ca.id);
    struct issue_request request = world_request(world, grant, device_csr(world));
    struct authority *other = world->authority;
    struct ca out;
    /* Another node pauses it: this one's cache is not told. */
    const struct authority_options options = { .store = world->fixture->store,
                                               .keys = world->keys,
                                               .workers = world->fixture->workers,
                                               .settings = authority_settings_default };
    world->authority = authority_new(&options, &world->err);
    unit_ok(ca_change_status(world->authority, &world->actor, ca.id, 0, CA_PAUSED, 0, world->now,
                             world->arena, &out, &world->err),
            &world->err);
    authority_free(world->authority);
    world->authority = other;
    assert_int_equal(issue_error(world, &request), ERR_CONFLICT);
    assert_int_equal(uses_of(world, challenge.id), 0);
    issuer_release(issuer);
}

/* ---- §3: uses ---- */

WORLD_TEST(s3_a_challenge_is_used_up_expires_and_belongs_to_its_ca)
{
    struct challenge challenge = one_time(world);
    const struct grant *grant = world_grant(world, &challenge);
    struct issue_request request = world_request(world, grant, device_csr(world));
    unit_ok(world_issue(world, &request).outcome == ISSUE_ISSUED, &world->err);
    assert_int_equal(issue_error(world, &request), ERR_BAD_CHALLENGE);
    struct challenge late = one_time(world);
    grant = world_grant(world, &late);
    request = world_request(world, grant, device_csr(world));
    request.now = late.expires_at;
    assert_int_equal(issue_error(world, &request), ERR_BAD_CHALLENGE);
    struct ca wish = world_wish(CA_ISSUING, "Other", world_root(world).id);
    struct ca other;
    unit_ok(world_create(world, &wish, &other) == ERR_NONE, &world->err);
    request.now = world->now;
    request.ca_id = other.id;
    assert_int_equal(issue_error(world, &request), ERR_BAD_CHALLENGE);
    assert_int_equal(uses_of(world, late.id), 0);
}

struct crowd {
    sem_t done;
    atomic_int issued;
    atomic_int refused;
};

static void count_done(void *context, const struct issued *issued, const struct error *err)
{
    struct crowd *crowd = context;
    if (issued->outcome == ISSUE_ISSUED)
        crowd->issued++;
    else if (err->code == ERR_BAD_CHALLENGE)
        crowd->refused++;
    sem_post(&crowd->done);
}

WORLD_TEST(s3_64_parallel_uses_of_a_one_time_challenge_issue_once)
{
    enum { CROWD = 64 };
    struct challenge challenge = one_time(world);
    const struct grant *grant = world_grant(world, &challenge);
    struct arena *arenas[CROWD];
    struct crowd crowd = { .issued = 0 };
    sem_init(&crowd.done, 0, 0);
    for (int i = 0; i < CROWD; i++) {
        arenas[i] = arena_new();
        struct issue_request request = world_request(world, grant, device_csr(world));
        request.arena = arenas[i];
        ca_issue(world->authority, &request, count_done, &crowd);
    }
    for (int i = 0; i < CROWD; i++)
        sem_wait(&crowd.done);
    assert_int_equal(crowd.issued, 1);
    assert_int_equal(crowd.refused, CROWD - 1);
    assert_int_equal(leaves_of(world, challenge.ca_id), 1);
    for (int i = 0; i < CROWD; i++)
        arena_free(arenas[i]);
    sem_destroy(&crowd.done);
}

/* ---- §4: the same request ---- */

WORLD_TEST(s4_the_same_request_gets_the_same_certificate_and_costs_no_use)
{
    struct challenge challenge = one_time(world);
    struct grant grant = *world_grant(world, &challenge);
    struct issue_request request = scep_request(world, &grant, device_csr(world));
    struct issued first = world_issue(world, &request);
    unit_ok(first.outcome == ISSUE_ISSUED, &world->err);
    grant.is_spent = true; /* as the next look at it says */
    request.now = challenge.expires_at - 1;
    struct issued again = world_issue(world, &request);
    unit_ok(again.outcome == ISSUE_ISSUED, &world->err);
    assert_true(bytes_equal(first.certificate, again.certificate));
    assert_true(bytes_equal(first.issuer, again.issuer));
    assert_int_equal(uses_of(world, challenge.id), 1);
    request.now = challenge.expires_at + 1;
    assert_int_equal(issue_error(world, &request), ERR_BAD_CHALLENGE);
}

WORLD_TEST(s4_a_repeat_is_answered_for_an_hour_at_least_and_a_renewal_for_a_day)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = { .not_after = world->now + 365 * DAY };
    struct grant grant = { .ca_id = ca.id, .expires_at = world->now + 60 };
    assert_int_equal(enrolment_end(&grant, &leaf, world->now), world->now + HOUR);
    grant.expires_at = world->now + 2 * HOUR;
    assert_int_equal(enrolment_end(&grant, &leaf, world->now), world->now + 2 * HOUR);
    grant.expires_at = 0; /* static: as long as there is something to give */
    assert_int_equal(enrolment_end(&grant, &leaf, world->now), leaf.not_after);
    grant.renewal_of = "leaf";
    assert_int_equal(enrolment_end(&grant, &leaf, world->now), world->now + DAY);
}

WORLD_TEST(s4_parallel_repeats_get_one_certificate)
{
    enum { CROWD = 16 };
    struct challenge challenge = one_time(world);
    const struct grant *grant = world_grant(world, &challenge);
    const struct csr *csr = device_csr(world);
    struct arena *arenas[CROWD];
    struct crowd crowd = { .issued = 0 };
    sem_init(&crowd.done, 0, 0);
    for (int i = 0; i < CROWD; i++) {
        arenas[i] = arena_new();
        struct issue_request request = scep_request(world, grant, csr);
        request.arena = arenas[i];
        ca_issue(world->authority, &request, count_done, &crowd);
    }
    for (int i = 0; i < CROWD; i++)
        sem_wait(&crowd.done);
    assert_int_equal(crowd.issued, CROWD);
    assert_int_equal(leaves_of(world, challenge.ca_id), 1);
    for (int i = 0; i < CROWD; i++)
        arena_free(arenas[i]);
    sem_destroy(&crowd.done);
}

WORLD_TEST(s4_a_transaction_of_another_key_or_request_is_refused)
{
    static const uint8_t other_request[32] = { 3 };
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    const struct grant *grant = world_grant(world, &challenge);
    const struct csr *csr = device_csr(world);
    struct issue_request request = scep_request(world, grant, csr);
    unit_ok(world_issue(world, &request).outcome == ISSUE_ISSUED, &world->err);
    request.csr = device_csr(world);
    assert_int_equal(issue_error(world, &request), ERR_BAD_CSR);
    request.csr = csr;
    request.request = BYTES_OF(other_request);
    assert_int_equal(issue_error(world, &request), ERR_BAD_CSR);
    request.message_type = RENEWAL_REQ; /* a transaction of its own */
    unit_ok(world_issue(world, &request).outcome == ISSUE_ISSUED, &world->err);
    assert_int_equal(leaves_of(world, ca.id), 2);
}

WORLD_TEST(s4_a_revoked_certificate_is_never_given_again)
{
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=device");
    struct issue_request request =
        scep_request(world, world_grant(world, &challenge), device_csr(world));
    struct issued issued = world_issue(world, &request);
    struct leaf leaf;
    struct issued polled;
    unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
    unit_ok(enrolment_poll(world->authority, ca.id, PKCS_REQ, BYTES_OF(transaction), world->now,
                           world->arena, &polled, &world->err),
            &world->err);
    assert_true(bytes_equal(polled.certificate, issued.certificate));
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, ca.id, issued.certificate_id,
                           REASON_SUPERSEDED, world->now, world->arena, &leaf, &world->err),
            &world->err);
    assert_int_equal(issue_error(world, &request), ERR_BAD_CSR);
    error_clear(&world->err);
    assert_false(enrolment_poll(world->authority, ca.id, PKCS_REQ, BYTES_OF(transaction),
                                world->now, world->arena, &polled, &world->err));
}

WORLD_TEST(s4_polling_for_an_unknown_transaction_finds_nothing)
{
    struct ca ca = world_issuing(world);
    struct issued polled;
    assert_false(enrolment_poll(world->authority, ca.id, PKCS_REQ, BYTES_OF(transaction),
                                world->now, world->arena, &polled, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
}

/* ---- §3: approval ---- */

static const char *pending_id(struct world *world, const char *ca_id)
{
    struct enrolment enrolment;
    bool found;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(enrolments_find(session, ca_id, PKCS_REQ, BYTES_OF(transaction), world->now,
                            world->arena, &enrolment, &found, &err),
            &err);
    session_free(session);
    assert_true(found);
    assert_int_equal(enrolment.status, ENROLMENT_PENDING);
    return enrolment.id;
}

static struct issue_request ask_for_approval(struct world *world, struct challenge *challenge)
{
    *challenge = one_time(world);
    challenge->requires_approval = true;
    struct issue_request request =
        scep_request(world, world_grant(world, challenge), device_csr(world));
    unit_ok(world_issue(world, &request).outcome == ISSUE_PENDING, &world->err);
    return request;
}

WORLD_TEST(s3_what_needs_approval_waits_and_its_use_is_counted)
{
    struct challenge challenge;
    struct issue_request request = ask_for_approval(world, &challenge);
    struct issued polled;
    assert_int_equal(uses_of(world, challenge.id), 1);
    assert_int_equal(leaves_of(world, challenge.ca_id), 0);
    assert_int_equal(world_issue(world, &request).outcome, ISSUE_PENDING);
    const char *id = pending_id(world, challenge.ca_id);
    unit_ok(enrolment_approve(world->authority, &world->actor, id, world->now + DAY, &world->err),
            &world->err);
    unit_ok(enrolment_poll(world->authority, challenge.ca_id, PKCS_REQ, BYTES_OF(transaction),
                           world->now + DAY, world->arena, &polled, &world->err),
            &world->err);
    assert_int_equal(polled.outcome, ISSUE_ISSUED);
    struct leaf leaf = world_stored(world, polled.certificate_id);
    assert_string_equal(leaf.subject_name, "CN=device");
    assert_false(
        enrolment_approve(world->authority, &world->actor, id, world->now + DAY, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
}

WORLD_TEST(s3_what_is_rejected_stays_so)
{
    struct challenge challenge;
    struct issue_request request = ask_for_approval(world, &challenge);
    const char *id = pending_id(world, challenge.ca_id);
    unit_ok(enrolment_reject(world->authority, &world->actor, id, world->now, &world->err),
            &world->err);
    assert_int_equal(world_issue(world, &request).outcome, ISSUE_REJECTED);
    assert_false(enrolment_approve(world->authority, &world->actor, id, world->now, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
    error_clear(&world->err);
    world->actor.tenant_id = "22222222-2222-4222-8222-222222222222";
    assert_false(enrolment_reject(world->authority, &world->actor, id, world->now, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
}

WORLD_TEST(s3_after_seven_days_what_waited_has_failed)
{
    struct challenge challenge;
    ask_for_approval(world, &challenge);
    const char *id = pending_id(world, challenge.ca_id);
    time_t late = world->now + 7 * DAY + 1;
    struct issued polled;
    assert_false(enrolment_poll(world->authority, challenge.ca_id, PKCS_REQ, BYTES_OF(transaction),
                                late, world->arena, &polled, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
    error_clear(&world->err);
    assert_false(enrolment_approve(world->authority, &world->actor, id, late, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
}

WORLD_TEST(s3_what_policy_refuses_does_not_wait_for_approval)
{
    struct challenge challenge = one_time(world);
    challenge.requires_approval = true;
    const struct csr_wish wish = { .subject = "CN=someone else" };
    struct issue_request request =
        scep_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    assert_int_equal(issue_error(world, &request), ERR_BAD_CSR);
    assert_int_equal(uses_of(world, challenge.id), 0);
}
