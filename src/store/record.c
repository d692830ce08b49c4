#include "store/record.h"

#include "base/error.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

typedef bool entity_change_fn(struct session *session, const struct entity *entity,
                              const void *object, struct error *err);

struct work {
    const struct record *record;
    entity_change_fn *change;
};

static bool write_record(struct session *session, void *context, struct error *err)
{
    const struct work *work = context;
    const struct record *record = work->record;
    return (!record->also || record->also(session, record->context, err)) &&
           work->change(session, record->entity, record->object, err) &&
           audit_insert(session, record->audit, err);
}

bool record_insert(struct store *store, const struct record *record, struct error *err)
{
    struct work work = { record, entity_insert };
    return store_write(store, write_record, &work, err);
}

bool record_update(struct store *store, const struct record *record, struct error *err)
{
    struct work work = { record, entity_update };
    return store_write(store, write_record, &work, err);
}

bool record_delete(struct store *store, const struct record *record, struct error *err)
{
    struct work work = { record, entity_delete };
    return store_write(store, write_record, &work, err);
}
