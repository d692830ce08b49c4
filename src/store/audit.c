#include "base/random.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement insert = {
    "INSERT INTO audit_events (id, tenant_id, actor, activity, object_type, object_id, request_id,"
    " detail, is_success, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    "ttttttttii"
};

const struct statement *const audit_statements[] = { &insert, NULL };

bool audit_insert(struct session *session, const struct audit_event *event, struct error *err)
{
    char id[UUID_TEXT_OCTETS];
    random_uuid(id);
    return session_execute(
        session, &insert,
        VALUES(V_TEXT(id), V_TEXT(event->tenant_id), V_TEXT(event->actor), V_TEXT(event->activity),
               V_TEXT(event->object_type), V_TEXT(event->object_id), V_TEXT(event->request_id),
               V_TEXT(event->detail), V_INT(event->is_success), V_INT(event->at)),
        err);
}
