#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "trust/bundle.h"
#include "trust/certificates_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bytes root(void)
{
    static struct bytes der;
    if (der.len == 0)
        der = certificate_make(&(struct certificate_wish){ 0 });
    return der;
}

static struct bytes other(void)
{
    static struct bytes der;
    if (der.len == 0)
        der = certificate_make(&(struct certificate_wish){ .name = "Other" });
    return der;
}

static struct bytes pkcs7(void)
{
    return certificates_pkcs7((struct bytes[]){ root(), other() }, 2);
}

static struct error refusal(struct bytes file)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    struct error err = { .code = ERR_NONE };
    assert_false(bundle_read(file, arena, bundle, &err));
    return err;
}

static void expect(struct bytes file, const struct bytes *items, size_t count)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    struct error err = { .code = ERR_NONE };
    unit_ok(bundle_read(file, arena, bundle, &err), &err);
    assert_int_equal(bundle->count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(bytes_equal(bundle->items[i], items[i]));
}

static struct bytes text(const char *text)
{
    return bytes_of_text(text);
}

TEST(a_certificate_is_read_in_der_and_pem)
{
    struct bytes items[] = { root() };
    expect(root(), items, 1);
    expect(certificates_pem("CERTIFICATE", root()), items, 1);
    expect(certificates_pem("X509 CERTIFICATE", root()), items, 1);
}

TEST(pem_may_hold_many_with_text_between)
{
    struct bytes items[] = { root(), other() };
    struct bytes all =
        certificates_join(text("\xef\xbb\xbfsubject=CN = Root, O = Ac\xc3\xa4me\r\n"),
                          certificates_pem("CERTIFICATE", root()));
    all = certificates_join(all, text("\n# the other\n"));
    all = certificates_join(all, certificates_pem("CERTIFICATE", other()));
    expect(certificates_join(all, text(" \r\n\n")), items, 2);
}

TEST(pkcs7_is_read_in_der_and_pem)
{
    struct bytes items[] = { root(), other() };
    expect(pkcs7(), items, 2);
    expect(certificates_pem("PKCS7", pkcs7()), items, 2);
    expect(certificates_pem("CMS", pkcs7()), items, 2);
}

/* The outer two SEQUENCEs and [0] without a length, as Java and BouncyCastle write them. */
TEST(pkcs7_is_read_in_ber)
{
    struct bytes items[] = { root() };
    SCOPED(buf_free) struct buf *ber = buf_new(10000);
    buf_add(ber, unit_hex("3080 06092a864886f70d010702 a080 3080 020101 3100"
                          "3080 06092a864886f70d010701 0000 a080"));
    buf_add(ber, root());
    buf_add(ber, unit_hex("0000 3100 0000 0000 0000"));
    expect(buf_bytes(ber), items, 1);
    buf_add(ber, unit_hex("00"));
    assert_int_equal(refusal(buf_bytes(ber)).code, ERR_INVALID);
}

TEST(pkcs7_may_hold_an_empty_content)
{
    SCOPED(buf_free) struct buf *file = buf_new(1000);
    struct bytes items[] = { unit_hex("3004 3000 0500") };
    buf_add(file, unit_hex("302f 06092a864886f70d010702 a022 3020 020101 3100"
                           "300f 06092a864886f70d010701 a002 0400 a006"));
    buf_add(file, items[0]);
    buf_add(file, unit_hex("3100"));
    expect(buf_bytes(file), items, 1);
}

TEST(every_truncation_is_refused)
{
    struct bytes files[] = { root(), pkcs7(), certificates_pem("CERTIFICATE", root()) };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        size_t whole = files[i].len - (i == 2); /* a PEM file need not end with a newline */
        for (size_t len = 0; len < whole; len++) {
            struct error err = refusal((struct bytes){ files[i].data, len });
            assert_int_equal(err.code, ERR_INVALID);
        }
    }
}

TEST(what_follows_the_last_certificate_is_refused)
{
    struct bytes files[] = { root(), pkcs7(), certificates_pem("CERTIFICATE", root()) };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        assert_int_equal(refusal(certificates_join(files[i], text("x"))).code, ERR_INVALID);
        assert_int_equal(refusal(certificates_join(files[i], root())).code, ERR_INVALID);
        assert_int_equal(refusal(certificates_join(files[i], BYTES_OF("\0"))).code, ERR_INVALID);
    }
}

TEST(binary_before_a_pem_block_is_refused)
{
    struct bytes file =
        certificates_join(unit_hex("41 00 42"), certificates_pem("CERTIFICATE", root()));
    assert_int_equal(refusal(file).code, ERR_INVALID);
}

TEST(blocks_that_are_no_certificates_are_refused)
{
    struct bytes pem = certificates_pem("CERTIFICATE", root());
    assert_int_equal(refusal(certificates_pem("X509 CRL", root())).code, ERR_INVALID);
    assert_int_equal(refusal(certificates_pem("CERTIFICATE REQUEST", root())).code, ERR_INVALID);
    assert_int_equal(refusal(certificates_join(pem, certificates_pem("X509 CRL", root()))).code,
                     ERR_INVALID);
    assert_int_equal(
        refusal(text("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n")).code,
        ERR_INVALID);
    assert_int_equal(
        refusal(text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICAT-----\n")).code,
        ERR_INVALID);
}

static void expect_private_key(struct bytes file)
{
    struct error err = refusal(file);
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, "private key"))
        unit_fail("%s", err.message);
}

TEST(a_private_key_is_refused_and_said_so)
{
    struct bytes pem = certificates_pem("CERTIFICATE", root());
    struct bytes key = unit_file("x509/p256.key.pem");
    expect_private_key(key);
    expect_private_key(certificates_join(pem, key));
    expect_private_key(certificates_join(key, pem));
    static const char *const labels[] = { "RSA PRIVATE KEY", "EC PRIVATE KEY",
                                          "ENCRYPTED PRIVATE KEY" };
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        expect_private_key(certificates_join(pem, certificates_pem(labels[i], text("x"))));
    /* PKCS#8, PKCS#1, SEC 1, encrypted PKCS#8, PKCS#12 by their first octets */
    static const char *const forms[] = {
        "3014 020100 300d 06092a864886f70d010101 0500 0400",
        "3009 020100 020111 020103",
        "3007 020101 0402abcd",
        "3013 300b 06092a864886f70d01050d 0404 01020304",
        "3012 020103 300b 06092a864886f70d010701 a000",
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        expect_private_key(unit_hex(forms[i]));
        expect_private_key(certificates_pem("CERTIFICATE", unit_hex(forms[i])));
    }
}

TEST(other_pkcs7_is_refused)
{
    /* EnvelopedData, content inside, no certificates, signerInfos missing, not empty */
    static const char *const files[] = {
        "300f 06092a864886f70d010703 a002 3000",
        "302c 06092a864886f70d010702 a01f 301d 020101 3100 3012 06092a864886f70d010701"
        " a005 0403 616263 a000 3100",
        "3023 06092a864886f70d010702 a016 3014 020101 3100 300b 06092a864886f70d010701 3100",
        "3023 06092a864886f70d010702 a016 3014 020101 3100 300b 06092a864886f70d010701 a000",
        "3025 06092a864886f70d010702 a018 3016 020101 3100 300b 06092a864886f70d010701 a000 3100",
        "3027 06092a864886f70d010702 a01a 3018 020101 3100 300b 06092a864886f70d010701 a000"
        " 3102 3000",
        "3027 06092a864886f70d010702 a01a 3018 020101 3100 300b 06092a864886f70d010701 a002"
        " 0500 3100",
        "300b 06092a864886f70d010702",
        "3000",
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (refusal(unit_hex(files[i])).code != ERR_INVALID)
            unit_fail("%s", files[i]);
}

static struct bytes many(size_t count)
{
    struct bytes *items = calloc(count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = root();
    struct bytes file = certificates_pkcs7(items, count);
    free(items);
    return file;
}

TEST(a_bundle_holds_at_most_250_certificates)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    struct error err = { .code = ERR_NONE };
    unit_ok(bundle_read(many(BUNDLE_CERTIFICATES_MAX), arena, bundle, &err), &err);
    assert_int_equal(bundle->count, BUNDLE_CERTIFICATES_MAX);
    assert_int_equal(refusal(many(BUNDLE_CERTIFICATES_MAX + 1)).code, ERR_TOO_LARGE);
    assert_int_equal(refusal(many(10000)).code, ERR_TOO_LARGE);
}

TEST(a_certificate_has_at_most_8_kilobytes)
{
    static uint8_t large[BUNDLE_CERTIFICATE_OCTETS_MAX + 1];
    static const uint8_t head[] = { 0x30, 0x82, 0x1f, 0xfc, 0x30, 0x82, 0x1f, 0xf8 };
    memcpy(large, head, sizeof head);
    struct bytes item = { large, BUNDLE_CERTIFICATE_OCTETS_MAX };
    expect(item, &item, 1);
    large[3]++;
    assert_int_equal(refusal(BYTES_OF(large)).code, ERR_TOO_LARGE);
}

TEST(a_file_has_at_most_2_megabytes)
{
    char *large = malloc(BUNDLE_OCTETS_MAX + 1);
    memset(large, ' ', BUNDLE_OCTETS_MAX + 1);
    struct bytes pem = certificates_pem("CERTIFICATE", root());
    struct bytes items[] = { root() };
    memcpy(large, pem.data, pem.len);
    expect((struct bytes){ (uint8_t *)large, BUNDLE_OCTETS_MAX }, items, 1);
    assert_int_equal(refusal((struct bytes){ (uint8_t *)large, BUNDLE_OCTETS_MAX + 1 }).code,
                     ERR_TOO_LARGE);
    free(large);
}

TEST(one_certificate_is_one)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct bytes der;
    unit_ok(bundle_read_one(many(1), arena, &der, &err), &err);
    assert_true(bytes_equal(der, root()));
    assert_false(bundle_read_one(pkcs7(), arena, &der, &err));
    assert_string_equal(err.message, "2 certificates where one is meant");
}
