#include "unit/peer.h"

#include "base/arena.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"

#include <string.h>

enum { ROOM = 1 << 20 };

static const char text[] = "what was signed";
#define TEXT ((struct bytes){ (const uint8_t *)text, sizeof text - 1 })

static const struct {
    enum cms_cipher cipher;
    const EVP_CIPHER *(*evp)(void);
} ciphers[] = {
    { CMS_AES128_CBC, EVP_aes_128_cbc },
    { CMS_AES192_CBC, EVP_aes_192_cbc },
    { CMS_AES256_CBC, EVP_aes_256_cbc },
    { CMS_DES3_CBC, EVP_des_ede3_cbc },
};

/* Opens as the server does; false unless the padding is right. */
static bool opens(struct bytes ber, const struct peer *recipient, struct bytes *content)
{
    static struct arena *arena;
    struct error err = { .code = ERR_NONE };
    struct cms_enveloped enveloped;
    struct certificate certificate = peer_certificate(recipient);
    uint8_t key[CMS_KEY_OCTETS_MAX];
    size_t padding = 0;
    if (!arena)
        arena = arena_new();
    unit_ok(cms_parse_enveloped(peer_shape(ber, &err), arena, &enveloped, &err), &err);
    struct bytes secret = { key, cms_cipher_key_octets(enveloped.cipher) };
    for (size_t i = 0; i < enveloped.recipient_count; i++) {
        const struct cms_recipient *one = &enveloped.recipients[i];
        if (!cms_identifies(&one->identifier, &certificate))
            continue;
        assert_int_not_equal(one->transport, CMS_TRANSPORT_UNKNOWN);
        peer_open_key((void *)(uintptr_t)recipient, one->transport == CMS_TRANSPORT_OAEP, one->key,
                      key, secret.len, &err);
        SCOPED(buf_free) struct buf *plain = buf_new(ROOM);
        unit_ok(cms_decrypt(&enveloped, secret, plain, &padding, &err), &err);
        *content = peer_keep((struct bytes){ buf_bytes(plain).data, buf_len(plain) - padding });
        return padding != 0;
    }
    return false;
}

TEST(cms_opens_what_openssl_encrypts)
{
    const struct peer *recipients[] = { peer_get("other"), peer_get("ra"), peer_get("device") };
    for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
        for (unsigned form = 0; form < 8; form++) {
            struct peer_encrypting encrypting = { .recipients = recipients,
                                                  .recipient_count = 3,
                                                  .cipher = ciphers[i].evp(),
                                                  .content = TEXT,
                                                  .is_oaep = form & 1,
                                                  .is_by_key_id = form & 2,
                                                  .is_streamed = form & 4 };
            struct bytes content = BYTES_NONE;
            if (!opens(peer_encrypt(&encrypting), peer_get("ra"), &content) ||
                !bytes_equal(content, TEXT))
                unit_fail("cipher %zu, form %u", i, form);
        }
}

TEST(cms_openssl_opens_what_we_encrypt)
{
    static uint8_t octets[100];
    struct certificate device = peer_certificate(peer_get("device"));
    for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
        for (size_t len = 0; len < sizeof octets; len++) {
            struct error err = { .code = ERR_NONE };
            struct bytes content;
            SCOPED(buf_free) struct buf *out = buf_new(ROOM);
            struct bytes plain = { octets, len };
            unit_ok(cms_encrypt(&device, ciphers[i].cipher, plain, out, &err), &err);
            assert_true(peer_decrypt(buf_bytes(out), peer_get("device"), &content));
            assert_true(bytes_equal(content, plain));
            assert_true(opens(buf_bytes(out), peer_get("device"), &content));
            assert_true(bytes_equal(content, plain));
        }
}

TEST(cms_des_works_through_the_legacy_provider)
{
    struct error err = { .code = ERR_NONE };
    struct bytes content;
    struct certificate device = peer_certificate(peer_get("device"));
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    assert_true(cms_cipher_is_legacy(CMS_DES_CBC));
    if (!cms_legacy_available(&err))
        skip();
    unit_ok(cms_encrypt(&device, CMS_DES_CBC, TEXT, out, &err), &err);
    assert_true(opens(buf_bytes(out), peer_get("device"), &content));
    assert_true(bytes_equal(content, TEXT));
}

TEST(cms_encrypts_for_rsa_only)
{
    struct error err = { .code = ERR_NONE };
    struct certificate ec = peer_certificate(peer_get("ec"));
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    assert_false(cms_encrypt(&ec, CMS_AES128_CBC, TEXT, out, &err));
    assert_int_equal(err.code, ERR_WEAK_ALGORITHM);
}

/* Each last octet, and each octet of the padding wrong once. */
TEST(cms_padding_is_judged_exactly)
{
    struct error err = { .code = ERR_NONE };
    const uint8_t key[16] = { 1 };
    const uint8_t iv[16] = { 2 };
    for (unsigned last = 0; last < 256; last++)
        for (unsigned wrong = 0; wrong <= 16; wrong++) {
            uint8_t plain[32] = { 0 };
            uint8_t encrypted[32];
            int len = 0;
            bool is_possible = last >= 1 && last <= 16;
            memset(plain, 0xee, 16);
            for (unsigned i = 0; i < 16; i++)
                plain[31 - i] = (uint8_t)(i < last ? last : 0x77);
            if (wrong)
                plain[32 - wrong] ^= 0x40;
            EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
            EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key, iv, NULL);
            EVP_CIPHER_CTX_set_padding(context, 0);
            EVP_EncryptUpdate(context, encrypted, &len, plain, sizeof plain);
            EVP_CIPHER_CTX_free(context);
            struct cms_enveloped enveloped = { .cipher = CMS_AES128_CBC,
                                               .iv = BYTES_OF(iv),
                                               .content = BYTES_OF(encrypted) };
            size_t padding = 99;
            SCOPED(buf_free) struct buf *out = buf_new(64);
            unit_ok(cms_decrypt(&enveloped, BYTES_OF(key), out, &padding, &err), &err);
            unsigned seen = plain[31];
            bool is_right = seen >= 1 && seen <= 16;
            for (unsigned i = 0; is_right && i < seen; i++)
                is_right = plain[31 - i] == seen;
            assert_int_equal(padding, is_right ? seen : 0);
            assert_true(wrong || is_right == is_possible);
            assert_memory_equal(buf_bytes(out).data, plain, sizeof plain);
        }
}

TEST(cms_one_recipient_to_sixteen)
{
    const struct peer *recipients[CMS_RECIPIENTS_MAX + 1];
    static struct arena *arena;
    arena = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(recipients); i++)
        recipients[i] = peer_get("ra");
    for (size_t count = 0; count <= ARRAY_LEN(recipients); count++) {
        struct peer_encrypting encrypting = { .recipients = recipients,
                                              .recipient_count = count,
                                              .cipher = EVP_aes_128_cbc(),
                                              .content = TEXT };
        struct error err = { .code = ERR_NONE };
        struct cms_enveloped enveloped;
        struct bytes der = peer_shape(peer_encrypt(&encrypting), &err);
        bool good = cms_parse_enveloped(der, arena, &enveloped, &err);
        assert_int_equal(good, count >= 1 && count <= CMS_RECIPIENTS_MAX);
        if (!good)
            assert_int_equal(err.code, count ? ERR_TOO_LARGE : ERR_MALFORMED);
    }
    arena_free(arena);
}
