#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/versions.h"
#include "ca/ra.h"
#include "ca/responder.h"
#include "ca/status/status.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "store/entity.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/cms.h"
#include "x509/reason.h"

#include <string.h>

enum { SIX_YEARS = 6 * 366 * DAY };

#define assert_fault(world, text) assert_non_null(strstr((world)->err.message, text))

static enum error_code renew(struct world *world, const char *ca_id, struct ca *out)
{
    error_clear(&world->err);
    return ca_renew(world->authority, &world->actor, ca_id, 0, world->now, world->arena, out,
                    &world->err)
               ? ERR_NONE
               : world->err.code;
}

static enum error_code activate(struct world *world, const char *ca_id, int64_t version,
                                struct ca *out)
{
    error_clear(&world->err);
    return ca_activate(world->authority, &world->actor, ca_id, 0, version, world->now, world->arena,
                       out, &world->err)
               ? ERR_NONE
               : world->err.code;
}

static enum error_code revoke(struct world *world, const char *ca_id, int64_t version,
                              int64_t reason)
{
    struct ca out;
    error_clear(&world->err);
    return ca_revoke(world->authority, &world->actor, ca_id, 0, version, reason, world->now,
                     world->arena, &out, &world->err)
               ? ERR_NONE
               : world->err.code;
}

/* Six years on, when more than half of the ten are over. */
static struct ca renewed(struct world *world)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    world->now += SIX_YEARS;
    unit_ok(renew(world, ca.id, &out) == ERR_NONE, &world->err);
    return out;
}

static struct ca_version version_of(struct world *world, const char *ca_id, int64_t number)
{
    struct ca_version version;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(ca_versions_get(session, ca_id, number, world->now, world->arena, &version, &err),
            &err);
    session_free(session);
    return version;
}

static struct issued issue_from(struct world *world, const char *ca_id, int64_t version,
                                const char *name)
{
    const char *subject = arena_format(world->arena, "CN=%s", name);
    struct challenge challenge = world_challenge(world, ca_id, subject);
    const struct csr_wish wish = { .subject = subject };
    struct issue_request request =
        world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    request.version = version;
    return world_issue(world, &request);
}

/* ---- renewing ---- */

TEST(version_names_replace_their_suffix)
{
    static const struct {
        const char *from;
        int64_t number;
        const char *to;
    } rows[] = {
        { "Issuing", 2, "Issuing (V2.0)" },
        { "Issuing (V2.0)", 3, "Issuing (V3.0)" },
        { "Issuing (V.0)", 3, "Issuing (V.0) (V3.0)" },
        { "Issuing (V2.0) east", 3, "Issuing (V2.0) east (V3.0)" },
        { "Issuing (V1.0) (V9.0)", 10, "Issuing (V1.0) (V10.0)" },
        { "", 2, " (V2.0)" },
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(version_display_name(rows[i].from, rows[i].number, arena), rows[i].to);
    char longest[257];
    memset(longest, 'x', 256);
    longest[256] = '\0';
    assert_int_equal(text_characters(version_display_name(longest, 2, arena)), 256);
    arena_free(arena);
}

WORLD_TEST(renew_waits_for_half_of_the_validity)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    char day[TIMES_TEXT_OCTETS];
    time_t half = version_renewable_from(ca.not_before, ca.not_after);
    times_text(half, day);
    world->now = half - 1;
    assert_int_equal(renew(world, ca.id, &out), ERR_CONFLICT);
    assert_fault(world, day);
    world->now = half;
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
}

WORLD_TEST(renew_stages_a_version_with_another_key)
{
    struct ca before = world_issuing(world);
    struct ca ca = renewed(world);
    struct ca_version first = version_of(world, ca.id, 1);
    struct ca_version second = version_of(world, ca.id, 2);
    assert_string_equal(ca.display_name, "Test Issuing (V2.0)");
    assert_int_equal(ca.status, CA_ACTIVE);
    assert_int_equal(ca.version_number, 1);
    assert_int_equal(ca.pending_version, 2);
    assert_string_equal(ca.thumbprint, before.thumbprint);
    assert_int_equal(first.status, VERSION_ACTIVE);
    assert_int_equal(second.status, VERSION_STAGED);
    assert_int_equal(second.decommission_at, world->now + STAGED_DAYS * DAY);
    assert_string_not_equal(first.key_id, second.key_id);
    assert_true(bytes_equal(first.subject, second.subject));
    assert_int_equal(world_verify(second.certificate, second.chain, world->now), 0);
    assert_int_equal(world_audits(world, "Renew CloudCertificationAuthority"), 1);
}

WORLD_TEST(renew_makes_one_at_a_time)
{
    struct ca ca = renewed(world);
    struct ca out;
    assert_int_equal(renew(world, ca.id, &out), ERR_CONFLICT);
    assert_fault(world, "version 2 is pending");
}

WORLD_TEST(renew_refuses_roots_and_revoked_ones)
{
    struct ca root = world_root(world);
    struct ca ca = world_issuing(world);
    struct ca out;
    assert_int_equal(renew(world, root.id, &out), ERR_CONFLICT);
    assert_fault(world, "root");
    assert_int_equal(revoke(world, ca.id, 0, REASON_KEY_COMPROMISE), ERR_NONE);
    world->now += SIX_YEARS;
    assert_int_equal(renew(world, ca.id, &out), ERR_CONFLICT);
    assert_fault(world, "revoked");
}

WORLD_TEST(renew_ends_with_its_issuer_and_not_sooner_than_before)
{
    struct ca root = world_root(world);
    struct ca wish = world_wish(CA_ISSUING, "Long Issuing", root.id);
    struct ca ca, out;
    wish.validity_years = 19;
    unit_ok(world_create(world, &wish, &ca) == ERR_NONE, &world->err);
    world->now += 2 * SIX_YEARS;
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(version_of(world, ca.id, 2).not_after, root.not_after);
    assert_int_equal(activate(world, ca.id, 0, &out), ERR_NONE);
    world->now = root.not_after - 10 * DAY;
    assert_int_equal(renew(world, ca.id, &out), ERR_CONFLICT);
    assert_fault(world, "its issuer ends on");
}

WORLD_TEST(renew_brings_an_expired_ca_back)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    world->now = ca.not_after + DAY;
    assert_int_equal(world_get(world, ca.id).status, CA_EXPIRED);
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    assert_int_equal(out.status, CA_ACTIVE);
    assert_int_equal(version_of(world, ca.id, 1).status, VERSION_EXPIRED);
    assert_int_equal(issue_from(world, ca.id, 0, "late").outcome, ISSUE_ISSUED);
}

/* ---- activating ---- */

WORLD_TEST(activate_makes_the_ca_show_the_new_version)
{
    struct ca ca = renewed(world);
    struct ca_version second = version_of(world, ca.id, 2);
    struct ca out;
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    assert_int_equal(out.active_version, 2);
    assert_int_equal(out.version_number, 2);
    assert_int_equal(out.pending_version, 0);
    assert_string_equal(out.thumbprint, second.thumbprint);
    assert_true(bytes_equal(out.serial, second.serial));
    assert_int_equal(out.not_after, second.not_after);
    assert_int_equal(version_of(world, ca.id, 1).status, VERSION_RETIRED);
    second = version_of(world, ca.id, 2);
    assert_int_equal(second.status, VERSION_ACTIVE);
    assert_int_equal(second.decommission_at, 0);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_CONFLICT);
    assert_int_equal(activate(world, ca.id, 1, &out), ERR_CONFLICT);
    assert_int_equal(activate(world, ca.id, 3, &out), ERR_NOT_FOUND);
    assert_int_equal(issue_from(world, ca.id, 2, "staged").outcome, ISSUE_ISSUED);
}

WORLD_TEST(activate_leaves_old_and_new_certificates_valid)
{
    struct ca ca = world_issuing(world);
    world->now += SIX_YEARS;
    struct leaf old = world_leaf(world, ca.id, "old");
    struct ca out;
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    struct leaf new = world_leaf(world, ca.id, "new");
    assert_int_equal(old.version, 1);
    assert_int_equal(new.version, 2);
    for (int64_t number = 1; number <= 2; number++) {
        struct issuer *issuer =
            issuer_get(world->authority, NULL, ca.id, number, world->now, &world->err);
        unit_ok(issuer != NULL, &world->err);
        uint8_t *chain = arena_take(world->arena, issuer->certificate.len + issuer->chain.len);
        memcpy(chain, issuer->certificate.data, issuer->certificate.len);
        memcpy(chain + issuer->certificate.len, issuer->chain.data, issuer->chain.len);
        struct bytes all = { chain, issuer->certificate.len + issuer->chain.len };
        assert_int_equal(
            world_verify(number == 1 ? old.certificate : new.certificate, all, world->now), 0);
        issuer_release(issuer);
    }
}

WORLD_TEST(another_node_issues_from_the_new_version_at_once)
{
    struct ca ca = renewed(world);
    struct authority *first = world->authority;
    const struct authority_options options = { .store = world->fixture->store,
                                               .keys = world->keys,
                                               .workers = world->fixture->workers,
                                               .settings = authority_settings_default };
    struct authority *other = authority_new(&options, &world->err);
    unit_ok(other != NULL, &world->err);
    world->authority = other;
    assert_int_equal(world_leaf(world, ca.id, "before").version, 1);
    world->authority = first;
    struct ca out;
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    world->authority = other;
    assert_int_equal(world_leaf(world, ca.id, "after").version, 2);
    world->authority = first;
    authority_free(other);
}

/* ---- a staged version ---- */

WORLD_TEST(a_staged_version_issues_fifty_certificates)
{
    struct ca ca = renewed(world);
    for (int i = 0; i < STAGED_LEAVES_MAX; i++) {
        struct issued issued =
            issue_from(world, ca.id, 2, arena_format(world->arena, "device-%d", i));
        unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
    }
    struct ca_version staged = version_of(world, ca.id, 2);
    assert_int_equal(staged.staged_count, STAGED_LEAVES_MAX);
    assert_int_equal(issue_from(world, ca.id, 2, "one more").outcome, ISSUE_FAILED);
    assert_int_equal(world->err.code, ERR_CONFLICT);
    assert_int_equal(issue_from(world, ca.id, 0, "active").outcome, ISSUE_ISSUED);
    struct ca out;
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    assert_int_equal(issue_from(world, ca.id, 0, "now more").outcome, ISSUE_ISSUED);
    assert_int_equal(version_of(world, ca.id, 2).staged_count, STAGED_LEAVES_MAX);
}

WORLD_TEST(a_staged_version_is_not_paused_but_cancelled)
{
    struct ca ca = renewed(world);
    struct ca out;
    assert_int_equal(issue_from(world, ca.id, 2, "device").outcome, ISSUE_ISSUED);
    assert_false(ca_change_status(world->authority, &world->actor, ca.id, 0, CA_PAUSED, 2,
                                  world->now, world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
    assert_int_equal(revoke(world, ca.id, 2, REASON_SUPERSEDED), ERR_NONE);
    assert_int_equal(world_get(world, ca.id).status, CA_ACTIVE);
    assert_int_equal(version_of(world, ca.id, 2).status, VERSION_REVOKED);
    struct leaf row;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(leaves_find_by_serial(session, ca.issuer_id, version_of(world, ca.id, 2).serial,
                                  world->now, world->arena, &row, &err),
            &err);
    session_free(session);
    assert_int_equal(row.revoked_at, world->now);
    assert_int_equal(issue_from(world, ca.id, 2, "device").outcome, ISSUE_FAILED);
    assert_int_equal(issue_from(world, ca.id, 0, "active").outcome, ISSUE_ISSUED);
    struct officer *ra = ra_get(world->authority, ca.id, 0, world->now, &world->err);
    assert_true(ra != NULL || world->err.code == ERR_NOT_FOUND);
    officer_release(ra);
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(out.pending_version, 3);
    assert_string_equal(out.display_name, "Test Issuing (V3.0)");
}

WORLD_TEST(a_staged_version_is_decommissioned_and_forgotten)
{
    struct ca ca = renewed(world);
    struct ca out;
    world->now += STAGED_DAYS * DAY;
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    assert_int_equal(version_of(world, ca.id, 2).status, VERSION_STAGED);
    world->now++;
    assert_int_equal(version_of(world, ca.id, 2).status, VERSION_DECOMMISSIONED);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_CONFLICT);
    error_clear(&world->err);
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    assert_int_equal(world_audits(world, "Decommission CloudCertificationAuthority"), 1);
    assert_int_equal(version_of(world, ca.id, 2).revoked_at, world->now);
    assert_int_equal(issue_from(world, ca.id, 2, "device").outcome, ISSUE_FAILED);
    error_clear(&world->err);
    world->now += DECOMMISSIONED_DAYS * DAY;
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    struct ca_version gone;
    struct session *session = store_read(world->fixture->store, &world->err);
    assert_false(ca_versions_get(session, ca.id, 2, world->now, world->arena, &gone, &world->err));
    session_free(session);
    error_clear(&world->err);
    assert_int_equal(world_audits(world, "Decommission CloudCertificationAuthority"), 1);
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(out.pending_version, 3);
}

WORLD_TEST(a_decommissioned_version_stays_while_a_certificate_of_it_is_in_date)
{
    struct ca ca = renewed(world);
    assert_int_equal(issue_from(world, ca.id, 2, "device").outcome, ISSUE_ISSUED);
    world->now += STAGED_DAYS * DAY + 1;
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    world->now += 60 * DAY;
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    assert_int_equal(version_of(world, ca.id, 2).status, VERSION_DECOMMISSIONED);
    world->now += 300 * DAY;
    unit_ok(versions_retire(world->authority, world->now, &world->err), &world->err);
    struct ca_version gone;
    struct session *session = store_read(world->fixture->store, &world->err);
    assert_false(ca_versions_get(session, ca.id, 2, world->now, world->arena, &gone, &world->err));
    session_free(session);
}

/* ---- a retired version ---- */

WORLD_TEST(a_retired_version_goes_on_telling)
{
    struct ca ca = world_issuing(world);
    world->now += SIX_YEARS;
    struct leaf old = world_leaf(world, ca.id, "old");
    struct ca out;
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    unit_ok(responder_renew_due(world->authority, world->now, &world->err), &world->err);
    unit_ok(ra_renew_due(world->authority, world->now, &world->err), &world->err);
    struct issuer *retired = issuer_get(world->authority, NULL, ca.id, 1, world->now, &world->err);
    unit_ok(retired != NULL, &world->err);
    struct officer *responder = responder_get(world->authority, retired, world->now, &world->err);
    unit_ok(responder != NULL, &world->err);
    assert_int_equal(responder->version, 1);
    officer_release(responder);
    struct certificate_status status;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(status_get(session, retired, old.serial, &status, &world->err), &world->err);
    assert_int_equal(status.state, STATE_GOOD);
    session_free(session);
    issuer_release(retired);
    assert_int_equal(issue_from(world, ca.id, 1, "again").outcome, ISSUE_FAILED);
    assert_int_equal(world->err.code, ERR_CONFLICT);
}

WORLD_TEST(a_retired_version_is_revoked_when_nothing_of_it_lives)
{
    struct ca ca = world_issuing(world);
    world->now += SIX_YEARS;
    struct leaf old = world_leaf(world, ca.id, "old");
    struct ca out;
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    assert_int_equal(activate(world, ca.id, 2, &out), ERR_NONE);
    assert_int_equal(revoke(world, ca.id, 1, REASON_SUPERSEDED), ERR_CONFLICT);
    assert_fault(world, "1 leaf certificates");
    world->now = old.not_after + 1;
    assert_int_equal(revoke(world, ca.id, 1, REASON_SUPERSEDED), ERR_NONE);
    assert_int_equal(version_of(world, ca.id, 1).status, VERSION_REVOKED);
    assert_int_equal(world_get(world, ca.id).status, CA_ACTIVE);
}

/* ---- GetNextCACert ---- */

WORLD_TEST(the_next_chain_is_there_while_a_version_is_staged)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    struct buf *message = buf_new(256 * 1024);
    world->now += SIX_YEARS;
    struct issuer *issuer = world_issuer(world, ca.id);
    assert_false(
        ra_next_chain(world->authority, issuer, world->now, world->arena, message, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
    issuer_release(issuer);
    assert_int_equal(renew(world, ca.id, &out), ERR_NONE);
    issuer = world_issuer(world, ca.id);
    assert_int_equal(issuer->staged_version, 2);
    unit_ok(ra_next_chain(world->authority, issuer, world->now, world->arena, message, &world->err),
            &world->err);
    struct cms_signed outer, inner;
    struct certificate signer = world_parse(world, issuer->certificate);
    unit_ok(cms_parse_signed(buf_bytes(message), &outer, &world->err), &world->err);
    unit_ok(cms_verify(&outer, &signer.spki, false, &world->err), &world->err);
    unit_ok(cms_parse_signed(outer.content, &inner, &world->err), &world->err);
    assert_int_equal(inner.certificate_count, 3);
    assert_true(bytes_equal(inner.certificates[1], version_of(world, ca.id, 2).certificate));
    issuer_release(issuer);
    buf_free(message);
}
