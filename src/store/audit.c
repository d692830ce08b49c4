#include "base/random.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

#include <inttypes.h>
#include <stdio.h>

static const struct statement insert = {
    "INSERT INTO audit_events (id, tenant_id, actor, activity, object_type, object_id, request_id,"
    " detail, is_success, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    "ttttttttii"
};

const struct statement *const audit_statements[] = { &insert, NULL };

/* Version 7, RFC 9562 §5.7: in order of time, so that the index grows at its end instead of
 * everywhere, with seconds for milliseconds. */
static void make_id(time_t at, char out[UUID_TEXT_OCTETS])
{
    char random[UUID_TEXT_OCTETS];
    random_uuid(random);
    uint64_t milliseconds = (uint64_t)at * 1000;
    snprintf(out, UUID_TEXT_OCTETS, "%08" PRIx32 "-%04" PRIx16 "-7%.21s",
             (uint32_t)(milliseconds >> 16), (uint16_t)milliseconds, random + 15);
}

bool audit_insert(struct session *session, const struct audit_event *event, struct error *err)
{
    char id[UUID_TEXT_OCTETS];
    make_id(event->at, id);
    return session_execute(
        session, &insert,
        VALUES(V_TEXT(id), V_TEXT(event->tenant_id), V_TEXT(event->actor), V_TEXT(event->activity),
               V_TEXT(event->object_type), V_TEXT(event->object_id), V_TEXT(event->request_id),
               V_TEXT(event->detail), V_INT(event->is_success), V_INT(event->at)),
        err);
}
