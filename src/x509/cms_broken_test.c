#include "unit/peer.h"

#include "base/arena.h"
#include "base/text.h"
#include "fuzz/differential_cms.h"
#include "x509/ber.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"

#include <string.h>

enum { ROOM = 1 << 20, MUTATIONS = 6000 };

static const char text[] = "what was signed";
#define TEXT ((struct bytes){ (const uint8_t *)text, sizeof text - 1 })

/* ---- lists of every length, made by hand ---- */

struct counts {
    size_t algorithms;
    size_t certificates;
    size_t attributes;
    size_t signers;
};

static void put_algorithm(struct buf *out)
{
    struct der_mark mark = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_SHA256));
    der_end(out, mark);
}

static void put_signer(struct buf *out, size_t attributes)
{
    struct certificate signer = peer_certificate(peer_get("ra"));
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_small(out, 1);
    cms_put_issuer_and_serial(&signer, out);
    put_algorithm(out);
    struct der_mark set = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < attributes; i++)
        cms_put_attribute(out, OID_SIGNING_TIME, DER_PRINTABLE_STRING, TEXT);
    der_end(out, set);
    put_algorithm(out);
    der_put(out, DER_OCTET_STRING, TEXT);
    der_end(out, info);
}

static enum error_code verdict_on(const struct counts *counts)
{
    enum { LARGE = 128 << 20 };
    struct error err = { .code = ERR_NONE };
    struct cms_signed message;
    SCOPED(buf_free) struct buf *out = buf_new(LARGE);
    SCOPED(buf_free) struct buf *der = buf_new(LARGE);
    struct cms_frame frame = cms_begin(out, OID_SIGNED_DATA, 1);
    struct der_mark set = der_begin(out, DER_SET);
    for (size_t i = 0; i < counts->algorithms; i++)
        put_algorithm(out);
    der_end(out, set);
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_DATA));
    der_end(out, info);
    set = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < counts->certificates; i++)
        buf_add(out, unit_hex("30 00"));
    der_end(out, set);
    set = der_begin(out, DER_SET);
    for (size_t i = 0; i < counts->signers; i++)
        put_signer(out, counts->attributes);
    der_end(out, set);
    cms_end(out, &frame);
    bool direct = cms_parse_signed(buf_bytes(out), &message, &err);
    assert_int_equal(direct, err.code == ERR_NONE);
    struct error ignored = { .code = ERR_NONE };
    if (ber_to_der(buf_bytes(out), der, &ignored))
        assert_true(bytes_equal(buf_bytes(der), buf_bytes(out)));
    return err.code;
}

TEST(cms_lists_of_any_length)
{
    /* clang-format off */
    static const struct {
        struct counts counts;
        enum error_code code;
    } rows[] = {
        { { 1, 1, 1, 1 },      ERR_NONE },
        { { 0, 1, 1, 1 },      ERR_MALFORMED }, /* the signer's digest is not announced */
        { { 2, 1, 1, 1 },      ERR_NONE },
        { { 16, 1, 1, 1 },     ERR_NONE },
        { { 17, 1, 1, 1 },     ERR_TOO_LARGE },
        { { 100000, 1, 1, 1 }, ERR_TOO_LARGE },
        { { 1, 0, 1, 1 },      ERR_NONE },
        { { 1, 2, 1, 1 },      ERR_NONE },
        { { 1, 32, 1, 1 },     ERR_NONE },
        { { 1, 33, 1, 1 },     ERR_TOO_LARGE },
        { { 1, 1, 0, 1 },      ERR_MALFORMED }, /* RFC 5652 §5.3: SIZE (1..MAX) */
        { { 1, 1, 2, 1 },      ERR_NONE },
        { { 1, 1, 64, 1 },     ERR_NONE },
        { { 1, 1, 65, 1 },     ERR_TOO_LARGE },
        { { 1, 1, 100000, 1 }, ERR_TOO_LARGE },
        { { 1, 1, 1, 0 },      ERR_NONE },      /* degenerate */
        { { 0, 0, 0, 0 },      ERR_NONE },
        { { 1, 1, 1, 2 },      ERR_MALFORMED },
        { { 1, 1, 1, 100000 }, ERR_MALFORMED },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (verdict_on(&rows[i].counts) != rows[i].code)
            unit_fail("row %zu", i);
}

/* ---- broken input ---- */

TEST(cms_is_refused_when_cut_anywhere)
{
    static struct arena *arena;
    arena = arena_new();
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha256(),
                                    .content = TEXT };
    const struct peer *ra = peer_get("ra");
    struct peer_encrypting encrypting = {
        .recipients = &ra, .recipient_count = 1, .cipher = EVP_aes_128_cbc(), .content = TEXT
    };
    struct bytes signed_data = peer_sign(&signing);
    struct bytes enveloped_data = peer_encrypt(&encrypting);
    for (size_t len = 0; len < signed_data.len; len++) {
        struct error err = { .code = ERR_NONE };
        struct cms_signed message;
        struct bytes cut = { signed_data.data, len };
        assert_false(cms_parse_signed(cut, &message, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
        err = (struct error){ .code = ERR_NONE };
        assert_int_equal(peer_shape(cut, &err).len, 0);
        assert_int_equal(err.code, ERR_MALFORMED);
    }
    for (size_t len = 0; len < enveloped_data.len; len++) {
        struct error err = { .code = ERR_NONE };
        struct cms_enveloped enveloped;
        assert_false(cms_parse_enveloped((struct bytes){ enveloped_data.data, len }, arena,
                                         &enveloped, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
    }
    arena_free(arena);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Changes, drops or doubles an octet or a few. */
static struct bytes mutate(struct bytes der, uint32_t *state, uint8_t *room)
{
    size_t len = der.len;
    memcpy(room, der.data, len);
    for (uint32_t left = 1 + next_random(state) % 3; left; left--) {
        size_t at = next_random(state) % len;
        uint32_t how = next_random(state) % 8;
        if (how == 0)
            memmove(room + at, room + at + 1, --len - at);
        else if (how == 1)
            memmove(room + at + 1, room + at, len++ - at);
        else
            room[at] =
                (uint8_t)(how < 5 ? room[at] ^ 1u << next_random(state) % 8 : next_random(state));
    }
    return (struct bytes){ room, len };
}

static void fail_on(struct bytes mutant, const char *what)
{
    SCOPED(buf_free) struct buf *hex = buf_new(ROOM);
    hex_encode(mutant, hex);
    print_error("%s\n", buf_text(hex));
    unit_fail("%s", what);
}

/* Whatever our reader takes, OpenSSL's takes; what we verify, it verifies. */
static void mutate_signed(struct bytes der, const struct peer *signer, uint32_t seed)
{
    static uint8_t room[8192];
    uint32_t state = seed;
    unsigned taken = 0;
    for (size_t i = 0; i < MUTATIONS; i++) {
        struct error err = { .code = ERR_NONE };
        struct cms_signed message;
        struct bytes mutant = mutate(der, &state, room);
        SCOPED(buf_free) struct buf *as_der = buf_new(ROOM);
        const char *difference = differ_signed_data(mutant);
        if (difference)
            fail_on(mutant, difference);
        if (!ber_to_der(mutant, as_der, &err) ||
            !cms_parse_signed(buf_bytes(as_der), &message, &err) || !message.certificate_count)
            continue;
        taken++;
        struct certificate certificate = peer_certificate(signer);
        if (bytes_equal(message.certificates[0], signer->der) &&
            cms_identifies(&message.signer, &certificate) &&
            cms_verify(&message, &certificate.spki, false, &err) &&
            !peer_verify(mutant, signer, NULL))
            fail_on(mutant, "OpenSSL does not verify what we do");
    }
    assert_true(taken > 0);
}

TEST(cms_signed_data_mutants_are_read_as_openssl_does)
{
    static const char *const names[] = { "device", "ec" };
    for (unsigned form = 0; form < 4; form++) {
        struct peer_signing signing = { .signer = peer_get(names[form & 1]),
                                        .md = EVP_sha256(),
                                        .content = TEXT,
                                        .is_streamed = form & 2 };
        mutate_signed(peer_sign(&signing), signing.signer, 1 + form);
    }
}

TEST(cms_enveloped_data_mutants_are_read_as_openssl_does)
{
    static uint8_t room[8192];
    const struct peer *recipients[] = { peer_get("ra"), peer_get("other") };
    uint32_t state = 7;
    for (int streamed = 0; streamed < 2; streamed++) {
        struct peer_encrypting encrypting = { .recipients = recipients,
                                              .recipient_count = 2,
                                              .cipher = EVP_aes_128_cbc(),
                                              .content = TEXT,
                                              .is_oaep = true,
                                              .is_streamed = streamed };
        struct bytes der = peer_encrypt(&encrypting);
        for (size_t i = 0; i < MUTATIONS; i++) {
            struct bytes mutant = mutate(der, &state, room);
            const char *difference = differ_enveloped_data(mutant);
            if (difference)
                fail_on(mutant, difference);
        }
    }
}
