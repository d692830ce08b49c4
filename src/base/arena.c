#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Each block is twice as large as the one before: what needs many needs them large. */
enum { BLOCK_OCTETS_FIRST = 4096 - 64, BLOCK_OCTETS_LAST = 64 * 1024 - 64 };

struct block {
    struct block *next;
    size_t used;
    size_t room;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct block *newest;
    size_t next_room;
};

static void add_block(struct arena *arena, size_t len)
{
    if (arena->next_room < BLOCK_OCTETS_LAST)
        arena->next_room = arena->next_room ? 2 * arena->next_room : BLOCK_OCTETS_FIRST;
    size_t room = len > arena->next_room ? len : arena->next_room;
    struct block *block = memory_new(sizeof *block + room);
    block->room = room;
    block->next = arena->newest;
    arena->newest = block;
}

struct arena *arena_new(void)
{
    return memory_new(sizeof(struct arena));
}

void *arena_take(struct arena *arena, size_t len)
{
    size_t step = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!arena->newest || step > arena->newest->room - arena->newest->used)
        add_block(arena, step);
    void *piece = arena->newest->data + arena->newest->used;
    arena->newest->used += step;
    return piece;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_text_of(arena, bytes_of_text(text)) : NULL;
}

char *arena_text_of(struct arena *arena, struct bytes bytes)
{
    char *copy = arena_take(arena, bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = arena_take(arena, (size_t)(len < 0 ? 0 : len) + 1);
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, again);
    va_end(again);
    return text;
}

struct bytes arena_bytes(struct arena *arena, struct bytes bytes)
{
    return (struct bytes){ (const uint8_t *)arena_text_of(arena, bytes), bytes.len };
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    while (arena->newest) {
        struct block *next = arena->newest->next;
        memory_free(arena->newest);
        arena->newest = next;
    }
    memory_free(arena);
}
