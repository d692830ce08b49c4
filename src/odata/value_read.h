/*
 * value_read - one JSON value to a member of a struct, judged by its property row.
 *
 * What is wrong is collected, not raised: see entity_read.h.
 */
#pragma once

#include "model/property.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;

struct reading {
    struct arena *arena;
    struct buf *problems; /* "name: rule; name: rule" */
    unsigned problem_count;
    bool is_whole; /* something new: nested values must be whole too, not changes to one */
};

struct reading reading_begin(struct arena *arena);
void reading_end(struct reading *reading);

/* path: "extendedKeyUsages[0].objectIdentifier". */
void reading_refuse(struct reading *reading, const char *path, const char *rule);

/* Any value, null too. Members the server owns are judged by their JSON type only. */
void value_read(struct reading *reading, const struct property *property, const char *path,
                json_t *value, void *object);

/* What is REQUIRED is there. */
void members_require(struct reading *reading, const struct entity *entity, const char *path,
                     json_t *json);

/* Each member of json onto object. A name that the entity does not have is refused. */
void members_read(struct reading *reading, const struct entity *entity, const char *path,
                  json_t *json, void *object);

/* "@odata.type", "@cloudpki.notice", "displayName@odata.type": what is not known is ignored. */
bool member_is_annotation(const char *name);

/* @odata.type, if it is there, names this entity, with or without '#'; for a value of several
 * types it is a member. */
void type_check(struct reading *reading, const struct entity *entity, const char *path,
                json_t *json);
