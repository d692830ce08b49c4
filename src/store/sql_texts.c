#include "store/sql_texts.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { PLACES = 2 * SQL_TEXTS_MAX };

struct kept {
    struct statement statement;
    char *sql;
    char *types;
};

struct sql_texts {
    pthread_mutex_t lock;
    size_t count;
    struct kept *places[PLACES]; /* by hash; the next free place when taken */
};

/* FNV-1a; texts are ours, so nobody can aim at collisions. */
static size_t hash(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash % PLACES;
}

struct sql_texts *sql_texts_new(void)
{
    struct sql_texts *texts = memory_new(sizeof *texts);
    pthread_mutex_init(&texts->lock, NULL);
    return texts;
}

static struct kept **find_place(struct sql_texts *texts, const char *sql)
{
    size_t place = hash(sql);
    while (texts->places[place] && strcmp(texts->places[place]->sql, sql) != 0)
        place = (place + 1) % PLACES;
    return &texts->places[place];
}

static struct kept *new_kept(const char *sql, const char *types)
{
    struct kept *kept = memory_new(sizeof *kept);
    kept->sql = memory_text(sql);
    kept->types = memory_text(types);
    kept->statement = (struct statement){ kept->sql, kept->types };
    return kept;
}

const struct statement *sql_texts_keep(struct sql_texts *texts, const char *sql, const char *types)
{
    pthread_mutex_lock(&texts->lock);
    struct kept **place = find_place(texts, sql);
    if (!*place && texts->count < SQL_TEXTS_MAX) {
        *place = new_kept(sql, types);
        texts->count++;
    }
    const struct kept *kept = *place;
    pthread_mutex_unlock(&texts->lock);
    return kept ? &kept->statement : NULL;
}

void sql_texts_free(struct sql_texts *texts)
{
    if (!texts)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        if (!texts->places[i])
            continue;
        memory_free(texts->places[i]->sql);
        memory_free(texts->places[i]->types);
        memory_free(texts->places[i]);
    }
    pthread_mutex_destroy(&texts->lock);
    memory_free(texts);
}
