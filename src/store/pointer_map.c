#include "store/pointer_map.h"

#include "base/memory.h"

#include <stdint.h>

enum { ROOM_FIRST = 64 };

static size_t place_of(const struct pointer_map *map, const void *key)
{
    size_t place = (size_t)(((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u >> 20) & (map->room - 1);
    while (map->entries[place].key && map->entries[place].key != key)
        place = (place + 1) & (map->room - 1);
    return place;
}

static void grow(struct pointer_map *map)
{
    struct pointer_map old = *map;
    map->room = old.room ? 2 * old.room : ROOM_FIRST;
    map->entries = memory_new_array(map->room, sizeof *map->entries);
    for (size_t i = 0; i < old.room; i++) {
        if (old.entries[i].key)
            map->entries[place_of(map, old.entries[i].key)] = old.entries[i];
    }
    memory_free(old.entries);
}

void *pointer_map_find(const struct pointer_map *map, const void *key)
{
    return map->room ? map->entries[place_of(map, key)].value : NULL;
}

void pointer_map_put(struct pointer_map *map, const void *key, void *value)
{
    if (2 * (map->count + 1) > map->room)
        grow(map);
    map->entries[place_of(map, key)] = (struct pointer_map_entry){ key, value };
    map->count++;
}

void pointer_map_clear(struct pointer_map *map, void (*release)(void *value))
{
    for (size_t i = 0; release && i < map->room; i++) {
        if (map->entries[i].key)
            release(map->entries[i].value);
    }
    memory_free(map->entries);
    *map = (struct pointer_map){ 0 };
}
