/*
 * inside - the members of struct store, for the files of store/ only.
 *
 * Set by store_open before the writer's thread starts and never changed after, except for what
 * names its own lock.
 */
#pragma once

#include "store/engine.h"
#include "store/store.h"

struct store {
    const struct engine *engine;
    char *url;
    struct store_options options;
    struct entity_sql *entity_sql; /* one per stored entity */
    struct sql_texts *texts;       /* locks itself */
    struct readers *readers;       /* locks itself */
    struct writer *writer;         /* locks itself */
};
