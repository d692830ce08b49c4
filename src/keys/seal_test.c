#include "unit/unit.h"

#include "keys/seal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const uint8_t master[32] = { 1, 2, 3 };

static struct seal *make_seal(uint8_t first)
{
    uint8_t key[32];
    memcpy(key, master, sizeof key);
    key[0] = first;
    struct error err = { 0 };
    struct seal *seal = seal_new(BYTES_OF(key), &err);
    unit_ok(seal != NULL, &err);
    return seal;
}

static bool opens(const struct seal *seal, enum seal_use use, const char *context,
                  struct bytes sealed, const char *expected)
{
    struct error err = { 0 };
    SCOPED(secret_free)
    struct secret *secret = seal_open(seal, use, bytes_of_text(context), sealed, &err);
    if (!secret)
        assert_int_equal(err.code, ERR_INTERNAL);
    return secret && bytes_equal(secret_bytes(secret), bytes_of_text(expected));
}

static struct buf *close_text(const struct seal *seal, const char *text)
{
    struct error err = { 0 };
    struct buf *sealed = buf_new(1000);
    unit_ok(seal_close(seal, SEAL_SECRETS, bytes_of_text("table/column/1"), bytes_of_text(text),
                       sealed, &err),
            &err);
    assert_int_equal(buf_len(sealed), strlen(text) + SEAL_OVERHEAD_OCTETS);
    return sealed;
}

TEST(seal_opens_what_it_closed)
{
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    static const char *const texts[] = { "", "x", "sixteen octets..", "a secret of some length" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        SCOPED(buf_free) struct buf *sealed = close_text(seal, texts[i]);
        assert_true(opens(seal, SEAL_SECRETS, "table/column/1", buf_bytes(sealed), texts[i]));
    }
}

TEST(seal_is_different_every_time)
{
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    SCOPED(buf_free) struct buf *first = close_text(seal, "secret");
    SCOPED(buf_free) struct buf *second = close_text(seal, "secret");
    assert_false(bytes_equal(buf_bytes(first), buf_bytes(second)));
}

TEST(seal_does_not_open_elsewhere)
{
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    SCOPED(seal_free) struct seal *other = make_seal(2);
    SCOPED(buf_free) struct buf *sealed = close_text(seal, "secret");
    assert_false(opens(other, SEAL_SECRETS, "table/column/1", buf_bytes(sealed), "secret"));
    assert_false(opens(seal, SEAL_KEYS, "table/column/1", buf_bytes(sealed), "secret"));
    assert_false(opens(seal, SEAL_SECRETS, "table/column/2", buf_bytes(sealed), "secret"));
    assert_false(opens(seal, SEAL_SECRETS, "", buf_bytes(sealed), "secret"));
}

TEST(seal_refuses_every_changed_bit_and_length)
{
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    SCOPED(buf_free) struct buf *sealed = close_text(seal, "secret");
    struct bytes whole = buf_bytes(sealed);
    uint8_t changed[100];
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        memcpy(changed, whole.data, whole.len);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(opens(seal, SEAL_SECRETS, "table/column/1",
                           (struct bytes){ changed, whole.len }, "secret"));
    }
    for (size_t len = 0; len < whole.len; len++)
        assert_false(opens(seal, SEAL_SECRETS, "table/column/1", (struct bytes){ whole.data, len },
                           "secret"));
    buf_add_octet(sealed, 0);
    assert_false(opens(seal, SEAL_SECRETS, "table/column/1", buf_bytes(sealed), "secret"));
}

TEST(seal_without_room_fails)
{
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    SCOPED(buf_free) struct buf *small = buf_new(SEAL_OVERHEAD_OCTETS);
    struct error err = { 0 };
    assert_false(seal_close(seal, SEAL_SECRETS, BYTES_NONE, bytes_of_text("x"), small, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

TEST(seal_mac_depends_on_master_context_and_data)
{
    static const struct {
        uint8_t first;
        const char *context;
        const char *data;
    } rows[] = { { 1, "c", "d" }, { 2, "c", "d" }, { 1, "cd", "" },
                 { 1, "", "cd" }, { 1, "c", "e" }, { 1, "b", "d" } };
    uint8_t macs[ARRAY_LEN(rows)][SEAL_MAC_OCTETS];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        SCOPED(seal_free) struct seal *seal = make_seal(rows[i].first);
        uint8_t again[SEAL_MAC_OCTETS];
        seal_mac(seal, bytes_of_text(rows[i].context), bytes_of_text(rows[i].data), macs[i]);
        seal_mac(seal, bytes_of_text(rows[i].context), bytes_of_text(rows[i].data), again);
        assert_memory_equal(macs[i], again, sizeof again);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(macs[i], macs[j], SEAL_MAC_OCTETS);
    }
}

/* RFC 5869 §2.2 and §2.3 by hand: a change of derivation would lose every stored value. */
static void hmac(struct bytes key, struct bytes data, uint8_t out[32])
{
    unsigned len = 32;
    assert_non_null(HMAC(EVP_sha256(), key.data, (int)key.len, data.data, data.len, out, &len));
}

TEST(seal_mac_is_hmac_under_rfc_5869_keys)
{
    static const uint8_t no_salt[32] = { 0 };
    uint8_t extracted[32], mac_key[32], derived[32], expected[32], mac[32];
    hmac(BYTES_OF(no_salt), BYTES_OF(master), extracted);
    hmac(BYTES_OF(extracted), (struct bytes){ (const uint8_t *)"cloudpki 1 MACs\x01", 16 },
         mac_key);
    hmac(BYTES_OF(mac_key), (struct bytes){ (const uint8_t *)"ctx\x01", 4 }, derived);
    hmac(BYTES_OF(derived), bytes_of_text("data"), expected);
    SCOPED(seal_free) struct seal *seal = make_seal(1);
    seal_mac(seal, bytes_of_text("ctx"), bytes_of_text("data"), mac);
    assert_memory_equal(mac, expected, sizeof mac);
}
