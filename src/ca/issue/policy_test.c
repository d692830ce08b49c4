#include "unit/unit.h"

#include "base/arena.h"
#include "ca/issue/policy.h"
#include "ca/issuer.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/sid.h"
#include "x509/usage.h"

#include <openssl/rsa.h>
#include <string.h>

/* Pure: an issuer and a grant made by hand, and CSRs of P-256 keys. */
struct bench {
    struct world world; /* its arena only */
    struct issuer issuer;
    struct grant grant;
    struct csr_wish wish;
    struct approved approved;
    struct error err;
};

static const char *granted_sans[] = { "dns:d.example.org", "upn:u@example.org" };
static const char *both_usages[] = { "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1" };

static void bench_open(struct bench *bench)
{
    *bench = (struct bench){ .world.arena = arena_new() };
    struct error err = { .code = ERR_NONE };
    struct buf *name = buf_new(NAME_OCTETS_MAX);
    unit_ok(name_from_text("O=Acme, CN=device", name, &err), &err);
    bench->grant.subject = arena_bytes(bench->world.arena, buf_bytes(name));
    buf_free(name);
    bench->wish.subject = "O=Acme, CN=device";
}

static void bench_close(struct bench *bench)
{
    arena_free(bench->world.arena);
}

static bool allows(struct bench *bench)
{
    error_clear(&bench->err);
    return policy_check(&bench->issuer, &bench->grant, world_csr(&bench->world, &bench->wish),
                        bench->world.arena, &bench->approved, &bench->err);
}

static void assert_allowed(struct bench *bench)
{
    unit_ok(allows(bench), &bench->err);
}

static void assert_refused(struct bench *bench, enum error_code code)
{
    assert_false(allows(bench));
    assert_int_equal(bench->err.code, code);
}

#define BENCH_TEST(test_name)                           \
    static void test_name##_bench(struct bench *bench); \
    TEST(test_name)                                     \
    {                                                   \
        struct bench bench;                             \
        bench_open(&bench);                             \
        test_name##_bench(&bench);                      \
        bench_close(&bench);                            \
    }                                                   \
    static void test_name##_bench(struct bench *bench)

/* ---- subject ---- */

BENCH_TEST(s3_the_bound_subject_is_issued_octet_by_octet)
{
    static const char *const fitting[] = { "O=Acme, CN=device", "o=ACME, CN=  Device ",
                                           "CN=device, O=Acme", "CN=device", NULL };
    for (size_t i = 0; i < ARRAY_LEN(fitting); i++) {
        bench->wish.subject = fitting[i];
        assert_allowed(bench);
        assert_true(bytes_equal(bench->approved.subject, bench->grant.subject));
    }
}

BENCH_TEST(s3_a_subject_that_differs_from_the_bound_one_is_refused)
{
    static const char *const differing[] = { "O=Acme, CN=device2", "O=Acme, CN=device, OU=Admins",
                                             "O=Acme, CN=device, CN=device", "O=Evil, CN=device",
                                             "OU=Acme, CN=device" };
    for (size_t i = 0; i < ARRAY_LEN(differing); i++) {
        bench->wish.subject = differing[i];
        assert_refused(bench, ERR_BAD_CSR);
    }
}

BENCH_TEST(s3_where_only_sans_are_bound_the_subject_is_empty)
{
    bench->grant.subject = BYTES_NONE;
    bench->grant.sans = (struct strings){ granted_sans, 1 };
    assert_refused(bench, ERR_BAD_CSR);
    bench->wish.subject = NULL;
    assert_allowed(bench);
    assert_true(name_is_empty(bench->approved.subject));
    assert_int_equal(bench->approved.sans.count, 1);
}

BENCH_TEST(s3_any_name_takes_the_subject_of_the_csr)
{
    bench->grant.subject = BYTES_NONE;
    bench->grant.allow_any_name = true;
    bench->wish.subject = "CN=whatever, OU=x";
    assert_allowed(bench);
    assert_int_equal(bench->approved.sans.count, 0);
    bench->wish.subject = NULL;
    assert_refused(bench, ERR_BAD_CSR); /* neither subject nor SAN */
}

BENCH_TEST(s3_any_name_is_no_mail_address_in_the_subject)
{
    bench->grant.subject = BYTES_NONE;
    bench->grant.allow_any_name = true;
    bench->wish.subject = "CN=x, E=boss@example.org";
    assert_refused(bench, ERR_BAD_CSR);
}

/* ---- subject alternative names ---- */

BENCH_TEST(s3_bound_sans_absent_from_the_csr_are_filled_in)
{
    bench->grant.sans = (struct strings){ granted_sans, 2 };
    assert_allowed(bench);
    assert_int_equal(bench->approved.sans.count, 2);
    bench->wish.sans[0] = "dns:D.example.org";
    assert_allowed(bench);
    assert_int_equal(bench->approved.sans.count, 2);
    assert_int_equal(bench->approved.sans.items[1].type, SAN_UPN);
}

BENCH_TEST(s3_sans_that_are_not_named_are_refused)
{
    static const char *const others[] = { "dns:e.example.org", "email:u@example.org",
                                          "upn:v@example.org", "ip:192.0.2.1",
                                          "uri:https://x/",    "dirname:CN=x",
                                          "rid:1.2.3" };
    bench->grant.sans = (struct strings){ granted_sans, 2 };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        bench->wish.sans[0] = others[i];
        assert_refused(bench, ERR_BAD_CSR);
    }
    bench->grant.sans.count = 0;
    bench->wish.sans[0] = granted_sans[0];
    assert_refused(bench, ERR_BAD_CSR);
}

BENCH_TEST(s3_any_name_covers_hosts_addresses_and_uris_only)
{
    static const char *const covered[] = { "dns:e.example.org", "ip:192.0.2.1", "ip:2001:db8::1",
                                           "uri:https://x.example/y" };
    static const char *const never[] = { "email:u@example.org", "upn:v@example.org", "dirname:CN=x",
                                         "rid:1.2.3" };
    bench->grant.subject = BYTES_NONE;
    bench->grant.allow_any_name = true;
    for (size_t i = 0; i < ARRAY_LEN(covered); i++) {
        bench->wish.sans[0] = covered[i];
        assert_allowed(bench);
        assert_int_equal(bench->approved.sans.count, 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(never); i++) {
        bench->wish.sans[0] = never[i];
        assert_refused(bench, ERR_BAD_CSR);
    }
}

/* ---- SID, §2 ---- */

#define SID "S-1-5-21-1-2-3-500"

static void ask_for_sid(struct bench *bench)
{
    struct buf *extension = buf_new(1024);
    extension_put_sid(extension, SID);
    bench->wish.extensions = arena_bytes(bench->world.arena, buf_bytes(extension));
    buf_free(extension);
}

BENCH_TEST(s2_a_sid_of_the_csr_is_removed_and_issuance_goes_on)
{
    ask_for_sid(bench);
    assert_allowed(bench);
    assert_null(bench->approved.sid);
    assert_true(bench->approved.sid_removed);
}

BENCH_TEST(s2_a_sid_uri_of_the_csr_is_removed_even_where_any_name_is_allowed)
{
    bench->wish.sans[0] = "uri:tag:microsoft.com,2022-09-14:sid:" SID;
    assert_allowed(bench);
    assert_int_equal(bench->approved.sans.count, 0);
    assert_true(bench->approved.sid_removed);
    bench->grant.subject = BYTES_NONE;
    bench->grant.allow_any_name = true;
    assert_allowed(bench);
    assert_int_equal(bench->approved.sans.count, 0);
    assert_true(bench->approved.sid_removed);
}

BENCH_TEST(s2_a_sid_that_the_grant_supplies_is_issued)
{
    bench->grant.sid = SID;
    assert_allowed(bench);
    assert_string_equal(bench->approved.sid, SID);
    ask_for_sid(bench);
    assert_allowed(bench);
    assert_string_equal(bench->approved.sid, SID);
    assert_false(bench->approved.sid_removed);
}

/* ---- extended key usages, §2 ---- */

static struct oids usages_of(struct bench *bench, const char *const *texts, size_t count)
{
    struct oids oids;
    struct error err = { .code = ERR_NONE };
    unit_ok(usages_from_texts(texts, count, bench->world.arena, &oids, &err), &err);
    return oids;
}

BENCH_TEST(s2_usages_default_to_client_authentication)
{
    assert_allowed(bench);
    assert_int_equal(bench->approved.ekus.count, 1);
    assert_true(bytes_equal(bench->approved.ekus.items[0], oid_bytes(OID_CLIENT_AUTH)));
    bench->wish.ekus[0] = both_usages[0];
    assert_allowed(bench);
    bench->wish.ekus[0] = both_usages[1];
    assert_refused(bench, ERR_BAD_CSR);
    bench->wish.ekus[1] = both_usages[0];
    assert_refused(bench, ERR_BAD_CSR);
}

BENCH_TEST(s2_usages_are_those_granted_that_the_ca_has)
{
    bench->grant.ekus = (struct strings){ both_usages, 2 };
    assert_allowed(bench);
    assert_int_equal(bench->approved.ekus.count, 2);
    bench->issuer.ekus = usages_of(bench, both_usages + 1, 1);
    assert_allowed(bench);
    assert_int_equal(bench->approved.ekus.count, 1);
    assert_true(bytes_equal(bench->approved.ekus.items[0], oid_bytes(OID_SERVER_AUTH)));
    /* A CSR may name what was granted or what is left of it, no other part. */
    bench->wish.ekus[0] = both_usages[1];
    assert_allowed(bench);
    bench->wish.ekus[1] = both_usages[0];
    assert_allowed(bench);
    bench->wish.ekus[0] = both_usages[0];
    bench->wish.ekus[1] = NULL;
    assert_refused(bench, ERR_BAD_CSR);
}

BENCH_TEST(s2_no_usage_in_common_with_the_ca_is_refused)
{
    bench->issuer.ekus = usages_of(bench, both_usages + 1, 1);
    assert_refused(bench, ERR_BAD_CSR);
}

BENCH_TEST(s2_forbidden_usages_in_a_csr_are_refused_whatever_was_granted)
{
    static const char *forbidden[] = { "1.3.6.1.5.5.7.3.9", "2.5.29.37.0",
                                       "1.3.6.1.4.1.311.20.2.1" };
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        bench->wish.ekus[0] = forbidden[i];
        assert_refused(bench, ERR_BAD_CSR);
        bench->grant.ekus = (struct strings){ &forbidden[i], 1 };
        assert_refused(bench, ERR_BAD_CSR);
        bench->grant.ekus.count = 0;
    }
}

/* ---- what never comes from a CSR, §2 ---- */

BENCH_TEST(s2_a_csr_that_asks_for_a_ca_is_refused)
{
    struct buf *extension = buf_new(256);
    extension_put_basic_constraints(extension, true, 0);
    bench->wish.extensions = buf_bytes(extension);
    assert_refused(bench, ERR_BAD_CSR);
    static const uint32_t usages[] = { KEY_USAGE_KEY_CERT_SIGN, KEY_USAGE_CRL_SIGN };
    for (size_t i = 0; i < ARRAY_LEN(usages); i++) {
        buf_truncate(extension, 0);
        extension_put_key_usage(extension, KEY_USAGE_DIGITAL_SIGNATURE | usages[i]);
        bench->wish.extensions = buf_bytes(extension);
        assert_refused(bench, ERR_BAD_CSR);
    }
    buf_truncate(extension, 0);
    extension_put_basic_constraints(extension, false, -1);
    extension_put_key_usage(extension, KEY_USAGE_NON_REPUDIATION);
    bench->wish.extensions = buf_bytes(extension);
    assert_allowed(bench);
    assert_int_equal(bench->approved.key_usage, KEY_USAGE_DIGITAL_SIGNATURE);
    buf_free(extension);
}

BENCH_TEST(s2_rsa_keys_also_encipher_and_are_of_2048_bits_at_least)
{
    bench->wish.key = EVP_RSA_gen(2048);
    assert_allowed(bench);
    assert_int_equal(bench->approved.key_usage,
                     KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT);
    EVP_PKEY_free(bench->wish.key);
    bench->wish.key = EVP_RSA_gen(1024);
    assert_refused(bench, ERR_WEAK_ALGORITHM);
    EVP_PKEY_free(bench->wish.key);
}
