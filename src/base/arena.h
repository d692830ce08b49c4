/*
 * arena - memory for the life of one request: many small pieces, one release.
 *
 * Not thread-safe; one owner at a time. Pieces are zeroed and aligned for any type.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void *arena_take(struct arena *arena, size_t len);
char *arena_text(struct arena *arena, const char *text);      /* NULL gives NULL */
char *arena_text_of(struct arena *arena, struct bytes bytes); /* adds the NUL */
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct bytes arena_bytes(struct arena *arena, struct bytes bytes);
void arena_free(struct arena *arena);
DEFINE_SCOPED(struct arena *, arena_free)
