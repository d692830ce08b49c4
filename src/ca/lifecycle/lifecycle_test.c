#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "ca/ra.h"
#include "ca/status/revoke.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/reason.h"

#include <string.h>

#define assert_fault(world, text) assert_non_null(strstr((world)->err.message, text))

/* ---- creating, §1 and §2 ---- */

/* graph/examples/cloudCertificationAuthority.create.request.json as it stands. */
WORLD_TEST(create_names_every_value_that_cannot_be)
{
    struct extended_key_usage usage = { "Name value", "Object Identifier value" };
    const char *tag = "Role Scope Tag Ids value";
    struct ca out;
    const struct ca wish = {
        .display_name = "Display Name value",
        .description = "Description value",
        .issuer_id = "Certification Authority Issuer Id value",
        .type = CA_ROOT,
        .validity_years = 5,
        .organization = "Organization Name value",
        .organization_unit = "Organization Unit value",
        .country = "Country Name value",
        .state = "State Name value",
        .locality = "Locality Name value",
        .key_size = KEY_RSA_2048,
        .hash = 1,
        .common_name = "Common Name value",
        .ekus = { &usage, 1 },
        .role_scope_tag_ids = { &tag, 1 },
    };
    assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
    assert_fault(world, "countryName");
    assert_fault(world, "extendedKeyUsages.objectIdentifier");
    assert_fault(world, "certificationAuthorityIssuerId");
    assert_null(strstr(world->err.message, "organizationName"));
}

static void no_display_name(struct ca *wish)
{
    wish->display_name = " ";
}

static void no_type(struct ca *wish)
{
    wish->type = 0;
}

static void three_letters(struct ca *wish)
{
    wish->country = "CHE";
}

static void digits(struct ca *wish)
{
    wish->country = "4A";
}

static void long_name(struct ca *wish)
{
    wish->common_name = "12345678901234567890123456789012345678901234567890123456789012345";
}

static void no_name(struct ca *wish)
{
    wish->common_name = NULL;
}

static void control_character(struct ca *wish)
{
    wish->organization = "Ac\nme";
}

static void no_key(struct ca *wish)
{
    wish->key_size = KEY_TYPE_COUNT;
}

static void no_hash(struct ca *wish)
{
    wish->hash = 0;
}

static void no_years(struct ca *wish)
{
    wish->validity_years = 0;
}

static void fifty_one_years(struct ca *wish)
{
    wish->validity_years = 51;
}

static struct extended_key_usage usage;

static void one_usage(struct ca *wish, const char *oid)
{
    usage = (struct extended_key_usage){ "one", oid };
    wish->ekus = (struct list){ &usage, 1 };
}

static void bad_oid(struct ca *wish)
{
    one_usage(wish, "1.3.6.1.5.5.7.3.");
}

static void any_usage(struct ca *wish)
{
    one_usage(wish, "2.5.29.37.0");
}

static void ocsp_signing(struct ca *wish)
{
    one_usage(wish, "1.3.6.1.5.5.7.3.9");
}

static void trust_list_signing(struct ca *wish)
{
    one_usage(wish, "1.3.6.1.4.1.311.20.2.1");
}

static void no_oid(struct ca *wish)
{
    one_usage(wish, NULL);
}

static const struct {
    const char *member;
    void (*spoil)(struct ca *wish);
} spoilt[] = {
    { "displayName", no_display_name },
    { "cloudCertificationAuthorityType", no_type },
    { "countryName", three_letters },
    { "countryName", digits },
    { "commonName", long_name },
    { "commonName", no_name },
    { "organizationName", control_character },
    { "certificateKeySize", no_key },
    { "cloudCertificationAuthorityHashingAlgorithm", no_hash },
    { "validityPeriodInYears", no_years },
    { "validityPeriodInYears", fifty_one_years },
    { "extendedKeyUsages.objectIdentifier", bad_oid },
    { "extendedKeyUsages.objectIdentifier", any_usage },
    { "extendedKeyUsages.objectIdentifier", ocsp_signing },
    { "extendedKeyUsages.objectIdentifier", trust_list_signing },
    { "extendedKeyUsages.objectIdentifier", no_oid },
};

WORLD_TEST(s1_s2_create_refuses_one_bad_value_and_names_it)
{
    for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
        struct ca out;
        struct ca wish = world_wish(CA_ROOT, "Spoilt", "");
        spoilt[i].spoil(&wish);
        assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
        if (!strstr(world->err.message, spoilt[i].member))
            unit_fail("'%s' does not name %s", world->err.message, spoilt[i].member);
    }
    struct ca out;
    struct ca wish = world_wish(CA_ROOT, "Spoilt", "");
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
}

WORLD_TEST(s1_names_are_encoded_in_order_and_their_values_are_literal)
{
    struct ca out;
    struct ca wish = world_wish(CA_ROOT, "a, CN=b+c#*", "");
    wish.state = "Zürich";
    wish.locality = "Uster";
    wish.organization_unit = "IT";
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
    assert_string_equal(out.subject_name, "C=CH,ST=Zürich,L=Uster,O=Acme,OU=IT,CN=a\\, CN=b\\+c#*");
}

WORLD_TEST(s1_common_name_is_unique_without_case_and_blanks)
{
    struct ca out;
    struct ca wish = world_wish(CA_ROOT, "My Root", "");
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
    wish.common_name = "  my   ROOT ";
    assert_int_equal(world_create(world, &wish, &out), ERR_CONFLICT);
    assert_fault(world, "commonName");
    wish.common_name = "My Roots";
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
    unit_ok(ca_delete(world->authority, &world->actor, out.id, 0, world->now, &world->err),
            &world->err);
    assert_int_equal(world_create(world, &wish, &out), ERR_CONFLICT);
}

WORLD_TEST(s1_a_ca_of_more_years_than_its_issuer_is_refused)
{
    struct ca root = world_root(world);
    struct ca out;
    struct ca wish = world_wish(CA_ISSUING, "Too Long", root.id);
    wish.validity_years = 20;
    world->now += 60;
    assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
    assert_fault(world, "validityPeriodInYears");
}

WORLD_TEST(s2_usages_of_an_issuing_ca_are_among_its_issuers)
{
    struct ca root = world_root(world);
    struct ca out;
    struct ca wish = world_wish(CA_ISSUING, "Mail", root.id);
    one_usage(&wish, "1.3.6.1.5.5.7.3.4");
    assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
    assert_fault(world, "1.3.6.1.5.5.7.3.4");
    wish.ekus.count = 0;
    assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
    assert_fault(world, "extendedKeyUsages");
    /* A root without any is unrestricted. */
    struct ca open_root = world_wish(CA_ROOT, "Open", "");
    open_root.ekus.count = 0;
    unit_ok(world_create(world, &open_root, &root) == ERR_NONE, &world->err);
    one_usage(&wish, "1.3.6.1.5.5.7.3.4");
    wish.issuer_id = root.id;
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
    struct issuer *issuer = world_issuer(world, out.id);
    assert_int_equal(issuer->ekus.count, 1);
    issuer_release(issuer);
}

WORLD_TEST(create_wants_an_active_root_of_the_tenant_as_issuer)
{
    struct ca root = world_root(world);
    struct ca issuing = world_issuing(world);
    const char *const ids[] = { NULL, "", "nonsense", issuing.id,
                                "99999999-9999-4999-8999-999999999999" };
    struct ca out;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct ca wish = world_wish(CA_ISSUING, "Orphan", ids[i]);
        assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
        assert_fault(world, "certificationAuthorityIssuerId");
    }
    struct ca wish = world_wish(CA_ISSUING, "Orphan", root.id);
    const struct actor stranger = { "22222222-2222-4222-8222-222222222222", "x", NULL };
    struct error err = { .code = ERR_NONE };
    assert_false(
        ca_create(world->authority, &stranger, &wish, world->now, world->arena, &out, &err));
    assert_int_equal(err.code, ERR_INVALID);
    error_clear(&err);
    unit_ok(ca_change_status(world->authority, &world->actor, root.id, 0, CA_PAUSED, 0, world->now,
                             world->arena, &out, &err),
            &err);
    assert_int_equal(world_create(world, &wish, &out), ERR_INVALID);
    assert_fault(world, "active root");
}

WORLD_TEST(create_stops_at_the_limit_of_the_tenant)
{
    struct ca out;
    world->authority->settings.cas_max = 1;
    world_root(world);
    struct ca wish = world_wish(CA_ROOT, "One Too Many", "");
    assert_int_equal(world_create(world, &wish, &out), ERR_QUOTA);
}

WORLD_TEST(create_fills_the_row_and_audits)
{
    struct ca ca = world_issuing(world);
    struct ca root = world_root(world);
    assert_int_equal(ca.status, CA_ACTIVE);
    assert_int_equal(ca.active_version, 1);
    assert_int_equal(ca.revision, 1);
    assert_string_equal(ca.issuer_id, root.id);
    assert_string_equal(ca.issuer_common_name, "Test Root");
    assert_string_equal(ca.root_common_name, "Test Root");
    assert_int_equal(strlen(ca.thumbprint), 40);
    assert_int_equal(ca.serial.len, SERIAL_OCTETS);
    assert_int_equal(ca.not_after - world->now > 9 * 365 * DAY, 1);
    assert_string_equal(ca.role_scope_tag_ids.items[0], "0");
    assert_string_equal(root.issuer_id, "");
    assert_null(root.issuer_common_name);
    assert_string_equal(root.root_common_name, "Test Root");
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthority"), 2);
}

WORLD_TEST(create_publishes_the_first_lists_before_it_returns)
{
    struct ca ca = world_issuing(world);
    const char *const ids[] = { ca.id, ca.issuer_id };
    struct error err = { .code = ERR_NONE };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct crl_row crl;
        struct leaf responder;
        struct session *session = store_read(world->fixture->store, &err);
        unit_ok(crls_current(session, ids[i], 1, CRL_COMPLETE, world->arena, &crl, &err), &err);
        unit_ok(crls_current(session, ids[i], 1, CRL_DELTA, world->arena, &crl, &err), &err);
        unit_ok(leaves_newest(session, ids[i], 1, LEAF_RESPONDER, world->now, world->arena,
                              &responder, &err),
                &err);
        session_free(session);
    }
}

/* ---- changing ---- */

WORLD_TEST(update_writes_texts_once_per_revision)
{
    struct ca root = world_root(world);
    struct ca out;
    struct error err = { .code = ERR_NONE };
    struct ca wanted = root;
    wanted.display_name = "Renamed";
    wanted.description = NULL;
    unit_ok(ca_update(world->authority, &world->actor, &wanted, world->now + 5, world->arena, &out,
                      &err),
            &err);
    assert_string_equal(out.display_name, "Renamed");
    assert_int_equal(out.revision, root.revision + 1);
    assert_int_equal(out.modified_at, world->now + 5);
    assert_false(
        ca_update(world->authority, &world->actor, &wanted, world->now, world->arena, &out, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
    error_clear(&err);
    wanted.revision = 0;
    wanted.display_name = "";
    assert_false(
        ca_update(world->authority, &world->actor, &wanted, world->now, world->arena, &out, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

static enum error_code change_status(struct world *world, const char *id, int64_t status,
                                     int64_t version)
{
    struct ca out;
    error_clear(&world->err);
    if (ca_change_status(world->authority, &world->actor, id, 0, status, version, world->now,
                         world->arena, &out, &world->err))
        assert_int_equal(out.status, status);
    return world->err.code;
}

WORLD_TEST(pause_and_resume_are_the_only_transitions_by_hand)
{
    struct ca ca = world_root(world);
    static const int64_t others[] = { CA_STATUS_UNKNOWN,  CA_REVOKED, CA_SIGNING_PENDING,
                                      CA_STATUS_SENTINEL, CA_EXPIRED, CA_ACTIVE };
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_int_equal(change_status(world, ca.id, others[i], 0), ERR_CONFLICT);
    assert_fault(world, "active");
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 2), ERR_NOT_FOUND);
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 1), ERR_NONE);
    assert_int_equal(world_version(world, ca.id).status, VERSION_PAUSED);
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_CONFLICT);
    assert_int_equal(change_status(world, ca.id, CA_ACTIVE, 0), ERR_NONE);
    assert_int_equal(world_version(world, ca.id).status, VERSION_ACTIVE);
    assert_int_equal(change_status(world, "nobody", CA_ACTIVE, 0), ERR_NOT_FOUND);
    assert_int_equal(
        world_audits(world,
                     "ChangeCloudCertificationAuthorityStatusAsync CloudCertificationAuthority"),
        2);
}

WORLD_TEST(a_ca_past_its_end_is_expired_and_cannot_be_paused)
{
    struct ca ca = world_root(world);
    world->now = ca.not_after + 1;
    assert_int_equal(world_get(world, ca.id).status, CA_EXPIRED);
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_CONFLICT);
    assert_fault(world, "expired");
}

WORLD_TEST(another_tenants_ca_is_not_found)
{
    struct ca ca = world_root(world);
    world->actor.tenant_id = "22222222-2222-4222-8222-222222222222";
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_NOT_FOUND);
    assert_false(ca_delete(world->authority, &world->actor, ca.id, 0, world->now, &world->err));
    error_clear(&world->err);
    assert_null(
        issuer_get(world->authority, world->actor.tenant_id, ca.id, 0, world->now, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
}

/* If-Match was held against what stood there then; only the change itself can tell that it does. */
WORLD_TEST(a_change_of_what_was_changed_meanwhile_is_refused)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    int64_t revision = ca.revision;
    unit_ok(ca_configure_scep(world->authority, &world->actor, ca.id, revision, true, false,
                              world->now, world->arena, &out, &world->err),
            &world->err);
    assert_false(ca_configure_scep(world->authority, &world->actor, ca.id, revision, false, true,
                                   world->now, world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_PRECONDITION);
    error_clear(&world->err);
    assert_false(ca_change_status(world->authority, &world->actor, ca.id, revision, CA_PAUSED, 0,
                                  world->now, world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_PRECONDITION);
    error_clear(&world->err);
    assert_false(ca_revoke(world->authority, &world->actor, ca.id, revision, 0, 1, world->now,
                           world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_PRECONDITION);
}

WORLD_TEST(scep_settings_are_those_of_an_issuing_ca)
{
    struct ca ca = world_issuing(world);
    struct ca out;
    struct error err = { .code = ERR_NONE };
    unit_ok(ca_configure_scep(world->authority, &world->actor, ca.id, 0, true, true, world->now,
                              world->arena, &out, &err),
            &err);
    assert_true(out.allow_sha1 && out.allow_des);
    struct issuer *issuer = world_issuer(world, ca.id);
    assert_true(issuer->allow_sha1 && issuer->allow_des);
    issuer_release(issuer);
    assert_false(ca_configure_scep(world->authority, &world->actor, ca.issuer_id, 0, true, false,
                                   world->now, world->arena, &out, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

/* ---- revoking, §7 ---- */

static enum error_code revoke(struct world *world, const char *id, int64_t reason)
{
    struct ca out;
    error_clear(&world->err);
    if (ca_revoke(world->authority, &world->actor, id, 0, 0, reason, world->now, world->arena, &out,
                  &world->err))
        assert_int_equal(out.status, CA_REVOKED);
    return world->err.code;
}

WORLD_TEST(s7_a_root_is_not_revoked)
{
    struct ca root = world_root(world);
    assert_int_equal(change_status(world, root.id, CA_PAUSED, 0), ERR_NONE);
    assert_int_equal(revoke(world, root.id, REASON_UNSPECIFIED), ERR_CONFLICT);
    assert_int_equal(revoke(world, root.id, REASON_KEY_COMPROMISE), ERR_CONFLICT);
}

WORLD_TEST(s7_a_ca_is_revoked_when_paused_and_without_live_leaves)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "live");
    assert_int_equal(revoke(world, ca.id, REASON_SUPERSEDED), ERR_CONFLICT);
    assert_fault(world, "paused");
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_NONE);
    assert_int_equal(revoke(world, ca.id, REASON_SUPERSEDED), ERR_CONFLICT);
    assert_fault(world, "1 leaf");
    assert_int_equal(revoke(world, ca.id, REASON_CERTIFICATE_HOLD), ERR_INVALID);
    struct leaf out;
    error_clear(&world->err);
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, ca.id, leaf.id, REASON_UNSPECIFIED,
                           world->now, world->arena, &out, &world->err),
            &world->err);
    unit_ok(revoke(world, ca.id, REASON_SUPERSEDED) == ERR_NONE, &world->err);
    assert_int_equal(revoke(world, ca.id, REASON_SUPERSEDED), ERR_CONFLICT);
    struct ca_version version = world_version(world, ca.id);
    assert_int_equal(version.status, VERSION_REVOKED);
    assert_int_equal(version.revoked_at, world->now);
    assert_int_equal(version.revocation_reason, REASON_SUPERSEDED);
}

WORLD_TEST(s7_a_revoked_ca_stands_on_its_parents_list_and_its_ra_ends)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_NONE);
    unit_ok(revoke(world, ca.id, REASON_CESSATION_OF_OPERATION) == ERR_NONE, &world->err);
    struct session *session = store_read(world->fixture->store, &err);
    struct serial_status status;
    struct leaf ra;
    unit_ok(leaves_status(session, ca.issuer_id, ca.serial, &status, &err), &err);
    assert_true(status.is_known && status.revoked_at == world->now);
    assert_int_equal(status.kind, LEAF_SUB_CA);
    assert_int_equal(status.reason, REASON_CESSATION_OF_OPERATION);
    unit_ok(leaves_newest(session, ca.id, 1, LEAF_RA, world->now, world->arena, &ra, &err), &err);
    assert_int_equal(ra.revoked_at, world->now);
    session_free(session);
    assert_null(ra_get(world->authority, ca.id, 0, world->now, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

WORLD_TEST(s7_compromise_revokes_an_active_ca_with_live_leaves)
{
    struct ca ca = world_issuing(world);
    world_leaf(world, ca.id, "live");
    unit_ok(revoke(world, ca.id, REASON_KEY_COMPROMISE) == ERR_NONE, &world->err);
}

WORLD_TEST(s7_a_revoked_ca_issues_nothing_more)
{
    struct ca ca = world_issuing(world);
    struct challenge challenge = world_challenge(world, ca.id, "CN=late");
    const struct grant *grant = world_grant(world, &challenge);
    unit_ok(revoke(world, ca.id, REASON_CA_COMPROMISE) == ERR_NONE, &world->err);
    const struct csr_wish wish = { .subject = "CN=late" };
    const struct issue_request request = world_request(world, grant, world_csr(world, &wish));
    assert_int_equal(world_issue(world, &request).outcome, ISSUE_FAILED);
    assert_int_equal(world->err.code, ERR_CONFLICT);
    assert_int_equal(change_status(world, ca.id, CA_ACTIVE, 0), ERR_CONFLICT);
}

/* ---- deleting, §7 ---- */

static enum error_code delete_ca(struct world *world, const char *id)
{
    error_clear(&world->err);
    if (ca_delete(world->authority, &world->actor, id, 0, world->now, &world->err))
        return ERR_NONE;
    return world->err.code;
}

WORLD_TEST(s7_an_issuing_ca_is_deleted_when_revoked_and_a_root_without_children)
{
    struct ca ca = world_issuing(world);
    assert_int_equal(delete_ca(world, ca.id), ERR_CONFLICT);
    assert_fault(world, "active");
    assert_int_equal(delete_ca(world, ca.issuer_id), ERR_CONFLICT);
    assert_fault(world, "1 issuing");
    assert_int_equal(change_status(world, ca.id, CA_PAUSED, 0), ERR_NONE);
    assert_int_equal(delete_ca(world, ca.id), ERR_CONFLICT);
    unit_ok(revoke(world, ca.id, REASON_UNSPECIFIED) == ERR_NONE, &world->err);
    unit_ok(delete_ca(world, ca.id) == ERR_NONE, &world->err);
    assert_int_equal(delete_ca(world, ca.id), ERR_NOT_FOUND);
    unit_ok(delete_ca(world, ca.issuer_id) == ERR_NONE, &world->err);
    /* Hidden, not gone. */
    assert_int_equal(world_get(world, ca.id).deleted_at, world->now);
    assert_true(world_version(world, ca.id).certificate.len > 0);
}

WORLD_TEST(s7_a_pending_ca_is_deleted_with_its_key)
{
    struct ca ca;
    struct ca wish = world_wish(CA_ISSUING_EXTERNAL_ROOT, "Never Signed", "");
    unit_ok(world_create(world, &wish, &ca) == ERR_NONE, &world->err);
    struct ca_version version = world_version(world, ca.id);
    unit_ok(delete_ca(world, ca.id) == ERR_NONE, &world->err);
    struct key_row key;
    struct session *session = store_read(world->fixture->store, &world->err);
    assert_false(keys_find(session, version.key_id, world->arena, &key, &world->err));
    session_free(session);
}

WORLD_TEST(delete_wants_the_revision_it_was_given)
{
    struct ca root = world_root(world);
    assert_false(ca_delete(world->authority, &world->actor, root.id, root.revision + 1, world->now,
                           &world->err));
    assert_int_equal(world->err.code, ERR_PRECONDITION);
    error_clear(&world->err);
    unit_ok(
        ca_delete(world->authority, &world->actor, root.id, root.revision, world->now, &world->err),
        &world->err);
}
