#include "unit/unit.h"

#include "base/arena.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/san.h"

#include <openssl/x509v3.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *text;
    const char *der; /* NULL: refused */
} texts[] = {
    { "dns:d.example.org",   "820d 642e6578616d706c652e6f7267" },
    { "DNS:host",            "8204 686f7374" },
    { "dns:_a.b-c",          "8206 5f612e622d63" },
    { "dns:*.a.b",           "8205 2a2e612e62" },
    { "email:a.b@c.d",       "8107 612e6240632e64" },
    { "uri:urn:x",           "8605 75726e3a78" },
    { "ip:192.0.2.1",        "8704 c0000201" },
    { "ip:2001:db8::1",      "8710 20010db8000000000000000000000001" },
    { "rid:1.2.3",           "8802 2a03" },
    { "upn:u@a.b",           "a015 060a2b060104018237140203 a007 0c05 7540612e62" },
    { "upn:jos\xc3\xa9@a.b", "a019 060a2b060104018237140203 a00b 0c09 6a6f73c3a940612e62" },
    { "dirname:CN=a",        "a40e 300c 310a 3008 0603550403 0c0161" },
    { "dns:",                NULL },
    { "dns:a..b",            NULL },
    { "dns:.a",              NULL },
    { "dns:a.",              NULL },
    { "dns:-a",              NULL },
    { "dns:a-",              NULL },
    { "dns:a b",             NULL },
    { "dns:*",               NULL },
    { "dns:*.",              NULL },
    { "dns:a.*.b",           NULL },
    { "dns:*a.b",            NULL },
    { "dns:192.0.2.1",       NULL },
    { "dns:\xc3\xa9",        NULL },
    { "email:a",             NULL },
    { "email:@b",            NULL },
    { "email:a@",            NULL },
    { "email:.a@b",          NULL },
    { "email:a.@b",          NULL },
    { "email:a..b@c",        NULL },
    { "email:a@b@c",         NULL },
    { "email:a b@c",         NULL },
    { "email:a@*.b",         NULL },
    { "uri:/path",           NULL },
    { "uri:http:",           NULL },
    { "uri:1http://a",       NULL },
    { "uri:http://a b",      NULL },
    { "uri:http://a\"",      NULL },
    { "ip:192.0.2",          NULL },
    { "ip:192.0.2.256",      NULL },
    { "ip:192.0.2.1/24",     NULL },
    { "ip:2001:db8::1::",    NULL },
    { "ip:",                 NULL },
    { "rid:1",               NULL },
    { "rid:",                NULL },
    { "upn:u",               NULL },
    { "upn:@a.b",            NULL },
    { "upn:u@",              NULL },
    { "upn:u\n@a.b",         NULL },
    { "upn:\xff@a.b",        NULL },
    { "dirname:",            NULL },
    { "dirname:a",           NULL },
    { "other:1.2.3",         NULL },
    { "x400:00",             NULL },
    { "edi:00",              NULL },
    { "d.example.org",       NULL },
    { ":a",                  NULL },
    { "",                    NULL },
};

static const struct {
    const char *hex;
    bool is_good;
} encodings[] = {
    { "3003 820161",                                  true },
    { "3006 820161 820162",                           true },
    { "3000",                                         false }, /* empty, RFC 5280 §4.2.1.6 */
    { "3003 820161 00",                               false },
    { "3003 8202 61",                                 false },
    { "3003 a20161",                                  false },
    { "3003 890161",                                  false },
    { "3002 8200",                                    false },
    { "3003 820100",                                  false },
    { "3003 8201e9",                                  false },
    { "3003 82010a",                                  false },
    { "3006 8704 c0000201",                           true },
    { "3005 8703 c00002",                             false },
    { "300a 8708 c0000200 ffffff00",                  false },
    { "3004 8802 2a03",                               true },
    { "3004 8802 2a83",                               false },
    { "3010 a40e 300c 310a 3008 0603550403 0c0161",   true },
    { "300e a40c 310a 3008 0603550403 0c0161",        false },
    { "3009 a007 06022a03 a001 00",                   false },
    { "300a a008 06022a03 a002 0500",                 true },
    { "300c a00a 06022a03 a002 0500 0500",            false },
    { "300c a00a 06022a03 a004 0500 0500",            false },
    { "3006 a004 06022a03",                           false },
    { "3017 a015 060a2b060104018237140203 a007 0c05 7540612e62", true },
    { "3017 a015 060a2b060104018237140203 a007 1605 7540612e62", false }, /* IA5String */
    { "3017 a015 060a2b060104018237140203 a007 0c05 7540612e00", false },
    { "3005 a303 020100",                             true },
    { "3005 a503 020100",                             true },
    { "3005 a503 020200",                             false },
    { "3103 820161",                                  false },
    { "3080 820161 0000",                             false },
    { "",                                             false },
};
/* clang-format on */

static bool parses(struct bytes der, struct arena *arena, struct sans *out)
{
    struct error err = { 0 };
    bool ok = sans_parse(der, arena, out, &err);
    assert_true(ok || err.code == ERR_MALFORMED || err.code == ERR_TOO_LARGE);
    return ok;
}

TEST(san_text_becomes_der_and_back)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *der = buf_new(4096);
        struct error err = { 0 };
        struct san san;
        if (san_from_text(texts[i].text, arena, &san, &err) != (texts[i].der != NULL))
            unit_fail("%s: %s", texts[i].text, err.message);
        if (!texts[i].der) {
            assert_int_equal(err.code, ERR_INVALID);
            continue;
        }
        struct sans one = { &san, 1 };
        sans_encode(&one, der);
        struct bytes content = unit_hex(texts[i].der);
        assert_true(
            bytes_equal((struct bytes){ buf_bytes(der).data + 2, buf_len(der) - 2 }, content));
        struct sans read;
        assert_true(parses(buf_bytes(der), arena, &read));
        assert_int_equal(read.count, 1);
        assert_true(san_equal(&read.items[0], &san));
        SCOPED(buf_free) struct buf *text = buf_new(4096);
        san_text(&read.items[0], text);
        struct san again;
        unit_ok(san_from_text(buf_text(text), arena, &again, &err), &err);
        assert_true(san_equal(&again, &san));
    }
}

TEST(san_form_is_strict_and_openssl_reads_what_passes)
{
    for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        struct bytes der = unit_hex(encodings[i].hex);
        struct sans sans;
        if (parses(der, arena, &sans) != encodings[i].is_good)
            unit_fail("%s", encodings[i].hex);
        const unsigned char *p = der.data;
        GENERAL_NAMES *theirs = d2i_GENERAL_NAMES(NULL, &p, (long)der.len);
        if (encodings[i].is_good && strncmp(encodings[i].hex, "3005 a", 6) != 0)
            assert_int_equal(sk_GENERAL_NAME_num(theirs), sans.count);
        GENERAL_NAMES_free(theirs);
    }
}

TEST(san_dns_labels_have_1_to_63_octets_and_names_253)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t len = 62; len <= 64; len++) {
        char text[80] = "dns:";
        struct san san;
        struct error err = { 0 };
        memset(text + 4, 'a', len);
        assert_int_equal(san_from_text(text, arena, &san, &err), len <= 63);
    }
    for (size_t len = 252; len <= 254; len++) {
        char text[300] = "dns:";
        struct san san;
        struct error err = { 0 };
        for (size_t i = 0; i < len; i++)
            text[4 + i] = i % 2 ? '.' : 'a';
        text[4 + len - 1] = 'a';
        text[4 + len - 2] = 'a';
        assert_int_equal(san_from_text(text, arena, &san, &err), len <= 253);
    }
}

TEST(san_of_0_1_2_100_101_and_100000_names)
{
    static const size_t counts[] = { 0, 1, 2, SANS_MAX, SANS_MAX + 1, 100000 };
    struct bytes name = unit_hex("820161");
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        SCOPED(buf_free) struct buf *der = buf_new(1000000);
        struct der_mark names = der_begin(der, DER_SEQUENCE);
        for (size_t j = 0; j < counts[i]; j++)
            buf_add(der, name);
        der_end(der, names);
        struct sans sans;
        bool fits = counts[i] >= 1 && counts[i] <= SANS_MAX;
        assert_int_equal(parses(buf_bytes(der), arena, &sans), fits);
        assert_true(!fits || sans.count == counts[i]);
    }
}

static bool equal(const char *a, const char *b)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { 0 };
    struct san first;
    struct san second;
    unit_ok(san_from_text(a, arena, &first, &err), &err);
    unit_ok(san_from_text(b, arena, &second, &err), &err);
    struct sans list = { &first, 1 };
    assert_int_equal(sans_contain(&list, &second), san_equal(&first, &second));
    return san_equal(&first, &second);
}

TEST(san_hosts_are_compared_without_case_and_the_rest_with)
{
    assert_true(equal("dns:A.b", "dns:a.B"));
    assert_true(equal("email:a@B.c", "email:a@b.C"));
    assert_false(equal("email:A@b.c", "email:a@b.c"));
    assert_true(equal("upn:a@B.c", "upn:a@b.C"));
    assert_false(equal("upn:a@b.c", "email:a@b.c"));
    assert_false(equal("uri:urn:a", "uri:urn:A"));
    assert_true(equal("dirname:CN=A", "dirname:cn=a"));
    assert_false(equal("dirname:CN=A", "dirname:CN=b"));
    assert_false(equal("ip:192.0.2.1", "ip:192.0.2.2"));
    assert_false(equal("dns:a.b", "dns:a.bc"));
}

TEST(san_other_names_have_a_text_but_are_never_issued)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *text = buf_new(256);
    struct sans sans;
    struct error err = { 0 };
    assert_true(parses(unit_hex("300a a008 06022a03 a002 0500"), arena, &sans));
    assert_int_equal(sans.items[0].type, SAN_OTHER);
    san_text(&sans.items[0], text);
    assert_string_equal(buf_text(text), "other:06022a03a0020500");
    assert_false(san_check(&sans.items[0], &err));
    assert_int_equal(err.code, ERR_INVALID);
}

TEST(san_sid_uris_are_known_in_any_case)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { 0 };
    struct san san;
    unit_ok(san_from_text("uri:tag:microsoft.com,2022-09-14:sid:S-1-5-21", arena, &san, &err),
            &err);
    assert_true(san_is_sid(&san));
    unit_ok(san_from_text("uri:TAG:Microsoft.com,2022-09-14:SID:S-1-5-21", arena, &san, &err),
            &err);
    assert_true(san_is_sid(&san));
    unit_ok(san_from_text("uri:tag:microsoft.com,2022-09-14:si", arena, &san, &err), &err);
    assert_false(san_is_sid(&san));
    unit_ok(san_from_text("dns:a.b", arena, &san, &err), &err);
    assert_false(san_is_sid(&san));
}
