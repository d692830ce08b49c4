#include "unit/unit.h"

#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

TEST(arena_pieces_are_zeroed_aligned_and_apart)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    uint8_t *last = NULL;
    for (size_t len = 1; len < 300; len++) {
        uint8_t *piece = arena_take(arena, len);
        assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xff, len);
        assert_ptr_not_equal(piece, last);
        last = piece;
    }
}

TEST(arena_gives_a_piece_larger_than_its_blocks)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    char *before = arena_text(arena, "before");
    uint8_t *large = arena_take(arena, 100000);
    memset(large, 0xff, 100000);
    assert_string_equal(before, "before");
    assert_string_equal(arena_text(arena, "after"), "after");
}

TEST(arena_copies_text_and_octets)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_null(arena_text(arena, NULL));
    assert_string_equal(arena_text_of(arena, (struct bytes){ (const uint8_t *)"abcd", 3 }), "abc");
    assert_string_equal(arena_text_of(arena, BYTES_NONE), "");
    assert_true(bytes_equal(arena_bytes(arena, unit_hex("0001")), unit_hex("0001")));
    assert_int_equal(arena_bytes(arena, BYTES_NONE).len, 0);
}

TEST(arena_formats)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_string_equal(arena_format(arena, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(arena_format(arena, "%s", ""), "");
    assert_int_equal(strlen(arena_format(arena, "%9000d", 7)), 9000);
}
