/*
 * pointer_map - from the address of a statement to what a connection prepared for it.
 *
 * Not thread-safe: one per connection. Entries are never removed one by one.
 */
#pragma once

#include <stddef.h>

struct pointer_map {
    struct pointer_map_entry {
        const void *key;
        void *value;
    } * entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

void *pointer_map_find(const struct pointer_map *map, const void *key);      /* NULL when absent */
void pointer_map_put(struct pointer_map *map, const void *key, void *value); /* a new key */

/* Empties it; release (may be NULL) gets each value. */
void pointer_map_clear(struct pointer_map *map, void (*release)(void *value));
