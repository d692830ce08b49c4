#include "unit/unit.h"

#include "base/arena.h"
#include "odata/skip_token.h"

#include <openssl/sha.h>
#include <string.h>

/* Any keyed hash will do here. */
static void mac(void *context, struct bytes data, uint8_t out[32])
{
    SCOPED(buf_free) struct buf *text = buf_new(1 << 20);
    buf_add_text(text, context);
    buf_add(text, data);
    SHA256(buf_bytes(text).data, buf_len(text), out);
}

static char secret[] = "secret";
static char other_secret[] = "other";
static const struct skip_token_key key = { mac, secret };
static const struct skip_token_key other_key = { mac, other_secret };

static const char *make(const char *binding, struct arena *arena)
{
    const struct value values[] = { V_INT(-5), V_TEXT("Zürich"), V_NULL,
                                    V_BLOB(bytes_of_text("\x01")) };
    return skip_token_write(&key, bytes_of_text(binding), values, 4, arena);
}

static void expect_refused(const struct skip_token_key *with, const char *binding,
                           const char *token, size_t count, struct arena *arena)
{
    struct error err = { 0 };
    struct value values[5];
    assert_false(skip_token_read(with, bytes_of_text(binding), token, values, count, arena, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

TEST(skip_token_gives_back_its_values)
{
    struct error err = { 0 };
    struct value values[4];
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *token = make("here", arena);
    unit_ok(skip_token_read(&key, bytes_of_text("here"), token, values, 4, arena, &err), &err);
    assert_int_equal(values[0].integer, -5);
    assert_string_equal(values[1].text, "Zürich");
    assert_int_equal(values[2].type, VALUE_NULL);
    assert_int_equal(values[3].blob.len, 1);
}

TEST(skip_token_is_for_one_list_and_one_installation)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *token = make("here", arena);
    expect_refused(&key, "there", token, 4, arena);
    expect_refused(&key, "", token, 4, arena);
    expect_refused(&other_key, "here", token, 4, arena);
    expect_refused(&key, "here", token, 3, arena);
    expect_refused(&key, "here", token, 5, arena);
}

TEST(skip_token_changed_anywhere_is_refused)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *token = make("here", arena);
    for (size_t i = 0; i < strlen(token); i++) {
        char *changed = arena_text(arena, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        expect_refused(&key, "here", changed, 4, arena);
        changed[i] = '\0';
        expect_refused(&key, "here", changed, 4, arena);
    }
    expect_refused(&key, "here", "", 4, arena);
    expect_refused(&key, "here", "!", 4, arena);
}
