/*
 * record - a change of one row and its audit row, in one transaction. [desk]
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct audit_event;
struct entity;
struct error;
struct session;
struct store;

/* SQL only, like write.run (store/store.h): before the row is written. */
typedef bool record_fn(struct session *session, void *context, struct error *err);

struct record {
    const struct entity *entity;
    const void *object;
    const struct audit_event *audit;
    record_fn *also; /* more in the same transaction; NULL: nothing */
    void *context;
};

/* Errors: those of store/entity.h, and of `also`. */
bool record_insert(struct store *store, const struct record *record, struct error *err) MUST_CHECK;
bool record_update(struct store *store, const struct record *record, struct error *err) MUST_CHECK;
bool record_delete(struct store *store, const struct record *record, struct error *err) MUST_CHECK;
