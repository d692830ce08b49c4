#include "unit/unit.h"

#include "auth/token_cache.h"
#include "base/arena.h"

#include <string.h>

static const char *words[] = { "A.Read", "B.Write" };

static struct caller caller_until(time_t expires_at)
{
    return (struct caller){
        .tenant_id = "t", .subject = "s", .scopes = { words, 2 }, .expires_at = expires_at
    };
}

/* Hashes of one set: they differ behind the octets that choose it. */
static void make_hash(uint8_t out[TOKEN_HASH_OCTETS], uint8_t number)
{
    memset(out, 0, TOKEN_HASH_OCTETS);
    out[TOKEN_HASH_OCTETS - 1] = number;
}

TEST(cache_gives_back_what_was_put)
{
    uint8_t hash[TOKEN_HASH_OCTETS];
    struct caller found;
    struct caller caller = caller_until(100);
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(token_cache_free) struct token_cache *cache = token_cache_new(16);
    make_hash(hash, 1);
    assert_false(token_cache_find(cache, hash, 0, arena, &found));
    token_cache_put(cache, hash, &caller, 0);
    assert_true(token_cache_find(cache, hash, 99, arena, &found));
    assert_string_equal(found.subject, "s");
    assert_int_equal(found.scopes.count, 2);
    assert_string_equal(found.scopes.items[1], "B.Write");
    make_hash(hash, 2);
    assert_false(token_cache_find(cache, hash, 99, arena, &found));
}

TEST(cache_forgets_at_the_end_of_a_token)
{
    uint8_t hash[TOKEN_HASH_OCTETS];
    struct caller found;
    struct caller caller = caller_until(100);
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(token_cache_free) struct token_cache *cache = token_cache_new(16);
    make_hash(hash, 1);
    token_cache_put(cache, hash, &caller, 0);
    assert_false(token_cache_find(cache, hash, 100, arena, &found));
}

TEST(cache_forgets_what_is_old)
{
    uint8_t hash[TOKEN_HASH_OCTETS];
    struct caller found;
    struct caller caller = caller_until(1000000);
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(token_cache_free) struct token_cache *cache = token_cache_new(16);
    make_hash(hash, 1);
    token_cache_put(cache, hash, &caller, 0);
    assert_true(token_cache_find(cache, hash, TOKEN_VERDICT_S - 1, arena, &found));
    assert_int_equal(found.expires_at, 1000000);
    assert_false(token_cache_find(cache, hash, TOKEN_VERDICT_S, arena, &found));
}

TEST(cache_that_is_full_gives_up_what_ends_first)
{
    uint8_t hash[TOKEN_HASH_OCTETS];
    struct caller found;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(token_cache_free) struct token_cache *cache = token_cache_new(4);
    for (uint8_t i = 0; i < 5; i++) {
        struct caller caller = caller_until(i == 2 ? 50 : 100 + i);
        make_hash(hash, i);
        token_cache_put(cache, hash, &caller, 0);
    }
    for (uint8_t i = 0; i < 5; i++) {
        make_hash(hash, i);
        assert_int_equal(token_cache_find(cache, hash, 10, arena, &found), i != 2);
    }
}
