#include "unit/unit.h"

#include "base/arena.h"
#include "trust/anchor.h"
#include "trust/certificates_test.h"

#include <string.h>

static struct anchor read_anchor(const struct certificate_wish *wish, struct arena *arena)
{
    struct anchor anchor;
    struct error err = { .code = ERR_NONE };
    unit_ok(anchor_read(certificate_make(wish), CERTIFICATES_NOW, arena, &anchor, &err), &err);
    return anchor;
}

static struct error refusal_at(struct bytes der, time_t now)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct anchor anchor;
    struct error err = { .code = ERR_NONE };
    assert_false(anchor_read(der, now, arena, &anchor, &err));
    assert_int_equal(err.code, ERR_INVALID);
    return err;
}

static struct error refusal(const struct certificate_wish *wish)
{
    return refusal_at(certificate_make(wish), CERTIFICATES_NOW);
}

TEST(a_root_is_described)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct anchor anchor = read_anchor(&(struct certificate_wish){ .name = "Contoso" }, arena);
    assert_true(anchor.is_root);
    assert_string_equal(anchor.subject, "O=Acme,CN=Contoso");
    assert_string_equal(anchor.display_name, "Contoso");
    assert_string_equal(anchor.issuer, "Contoso");
    assert_int_equal(strlen(anchor.thumbprint), 40);
    assert_int_equal(strlen(anchor.key_identifier), 40);
    assert_null(anchor.crl_url);
    assert_int_equal(anchor.certificate.not_after, CERTIFICATES_NOW + 100 * 86400L);
}

TEST(an_intermediate_is_described)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct anchor anchor = read_anchor(
        &(struct certificate_wish){ .name = "Contoso2 CA1",
                                    .issuer = "Contoso2",
                                    .has_no_key_identifier = true,
                                    .crl_urls = "URI:ldap://x/y,URI:http://a/b.crl,URI:http://c" },
        arena);
    assert_false(anchor.is_root);
    assert_string_equal(anchor.display_name, "Contoso2 CA1");
    assert_string_equal(anchor.issuer, "Contoso2");
    assert_string_equal(anchor.crl_url, "http://a/b.crl");
    assert_null(anchor.key_identifier);
}

TEST(a_key_usage_may_be_absent)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_true(read_anchor(&(struct certificate_wish){ .usage = "" }, arena).is_root);
}

TEST(certificates_of_the_wrong_kind_are_refused)
{
    static const struct {
        struct certificate_wish wish;
        const char *said;
    } rows[] = {
        { { .is_leaf = true }, "no CA" },
        { { .usage = "digitalSignature,cRLSign" }, "keyCertSign" },
        { { .digest = "SHA1" }, "not an algorithm that we accept" },
        { { .digest = "SHA1", .issuer = "Other" }, "not an algorithm that we accept" },
        { { .digest = "MD5", .rsa_bits = 2048 }, "not an algorithm that we accept" },
        { { .rsa_bits = 1024 }, "1024" },
        { { .days = -1 }, "expired" },
        { { .has_own_extension = true }, "critical" },
        { { .is_signed_by_another = true }, "does not verify" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = refusal(&rows[i].wish);
        if (!strstr(err.message, rows[i].said))
            unit_fail("%s: %s", rows[i].said, err.message);
    }
}

TEST(it_is_good_until_its_last_second)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bytes der = certificate_make(&(struct certificate_wish){ .days = 1 });
    struct anchor anchor;
    struct error err = { .code = ERR_NONE };
    unit_ok(anchor_read(der, CERTIFICATES_NOW + 86400, arena, &anchor, &err), &err);
    refusal_at(der, CERTIFICATES_NOW + 86401);
}

TEST(octets_that_are_no_certificate_are_refused)
{
    refusal_at(unit_hex("3000"), CERTIFICATES_NOW);
    refusal_at(unit_hex("3004 3000 0500"), CERTIFICATES_NOW);
    refusal_at(BYTES_NONE, CERTIFICATES_NOW);
    refusal_at(unit_file("x509/v1.cer"), CERTIFICATES_NOW);
    refusal_at(unit_file("x509/ed25519.cer"), CERTIFICATES_NOW);
    refusal_at(unit_file("x509/explicit.cer"), CERTIFICATES_NOW);
}

TEST(one_flipped_bit_of_a_signature_is_seen)
{
    struct bytes der = certificate_make(&(struct certificate_wish){ 0 });
    uint8_t copy[2048];
    memcpy(copy, der.data, der.len);
    copy[der.len - 1] ^= 1;
    refusal_at((struct bytes){ copy, der.len }, CERTIFICATES_NOW);
}

TEST(thumbprints_are_compared_as_people_copy_them)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct anchor anchor = read_anchor(&(struct certificate_wish){ 0 }, arena);
    anchor.thumbprint = "C6FA01BC";
    assert_true(anchor_has_thumbprint(&anchor, "C6FA01BC"));
    assert_true(anchor_has_thumbprint(&anchor, "c6fa01bc"));
    assert_true(anchor_has_thumbprint(&anchor, "C6:fa:01:bc"));
    assert_true(anchor_has_thumbprint(&anchor, " c6 fa 01 bc "));
    assert_true(anchor_has_thumbprint(&anchor, "\xe2\x80\x8e"
                                               "c6 fa 01 bc"));
    assert_false(anchor_has_thumbprint(&anchor, "C6FA01B"));
    assert_false(anchor_has_thumbprint(&anchor, "C6FA01BCD"));
    assert_false(anchor_has_thumbprint(&anchor, "C6FA01BD"));
    assert_false(anchor_has_thumbprint(&anchor, ""));
    anchor.key_identifier = NULL;
    assert_false(anchor_has_key_identifier(&anchor, ""));
}

TEST(an_issuer_may_be_named_in_several_ways)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct anchor anchor = read_anchor(&(struct certificate_wish){ .name = "Contoso CA" }, arena);
    static const char *const good[] = { "Contoso CA", "contoso  ca", "O=Acme,CN=Contoso CA",
                                        "O=Acme, CN=Contoso CA", "CN=Contoso CA, O=Acme" };
    static const char *const bad[] = { "Contoso", "", "CN=Contoso CA", "O=Acme", "x=y" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!anchor_has_issuer(&anchor, good[i]))
            unit_fail("%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (anchor_has_issuer(&anchor, bad[i]))
            unit_fail("%s", bad[i]);
}
