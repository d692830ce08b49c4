#include "model/audit.h"

#include <string.h>

static void derive_activity(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct audit_row *row = entity;
    buf_add_text(out, row->activity_type);
    if (row->detail)
        buf_add_format(out, ": %s", row->detail);
}

/* "Create", "Patch", "RevokeLeafCertAsync". */
static void derive_operation(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct audit_row *row = entity;
    buf_add_format(out, "%.*s", (int)strcspn(row->activity_type, " "), row->activity_type);
}

static void derive_result(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct audit_row *row = entity;
    buf_add_text(out, row->is_success ? "Success" : "Failure");
}

static const struct derivation activity_text = { derive_activity };
static const struct derivation operation = { derive_operation };
static const struct derivation outcome = { derive_result };

static const struct property actor_properties[] = {
    // clang-format off
    { "userPrincipalName", "actor", PROPERTY_STRING, FILTER | READ_ONLY, AT(audit_actor, user_principal_name), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity audit_actor_entity = { .name = "auditActor",
                                           .properties = actor_properties,
                                           .size = sizeof(struct audit_actor) };

static const struct property resource_properties[] = {
    // clang-format off
    { "auditResourceType", "object_type", PROPERTY_STRING, FILTER | READ_ONLY, AT(audit_resource, type), NULL, 0, 0 },
    { "resourceId",        "object_id",   PROPERTY_STRING, FILTER | READ_ONLY, AT(audit_resource, id),   NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity audit_resource_entity = { .name = "auditResource",
                                              .properties = resource_properties,
                                              .size = sizeof(struct audit_resource) };

static const struct property audit_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                    "id",          PROPERTY_STRING,    KEY | LISTED | READ_ONLY,      AT(audit_row, id),                        NULL, 0, 0 },
    { NULL,                    "tenant_id",   PROPERTY_STRING,    HIDDEN,                        AT(audit_row, tenant_id),                 NULL, 0, 0 },
    { "actor",                 NULL,          PROPERTY_COMPLEX,   READ_ONLY | NULLABLE,          AT(audit_row, actor),                     &audit_actor_entity, 0, 0 },
    { NULL,                    "actor",       PROPERTY_STRING,    HIDDEN,                        AT(audit_row, actor.user_principal_name), NULL, 0, 0 },
    { "activity",              NULL,          PROPERTY_DERIVED,   READ_ONLY | NULLABLE,          0,                                        &activity_text, 0, 0 },
    { "activityType",          "activity",    PROPERTY_STRING,    LISTED | SEARCH | READ_ONLY,   AT(audit_row, activity_type),             NULL, 0, 0 },
    { "activityOperationType", NULL,          PROPERTY_DERIVED,   READ_ONLY | NULLABLE,          0,                                        &operation, 0, 0 },
    { "activityResult",        NULL,          PROPERTY_DERIVED,   READ_ONLY | NULLABLE,          0,                                        &outcome, 0, 0 },
    { NULL,                    "is_success",  PROPERTY_BOOL,      HIDDEN,                        AT(audit_row, is_success),                NULL, 0, 0 },
    { "activityDateTime",      "at",          PROPERTY_TIME,      LISTED | READ_ONLY,            AT(audit_row, at),                        NULL, 0, 0 },
    { "correlationId",         "request_id",  PROPERTY_STRING,    FILTER | READ_ONLY | NULLABLE, AT(audit_row, request_id),                NULL, 0, 0 },
    { "resources",             NULL,          PROPERTY_COMPLEXES, FILTER | READ_ONLY,            AT(audit_row, resources),                 &audit_resource_entity, 0, 0 },
    { NULL,                    "object_type", PROPERTY_STRING,    HIDDEN,                        AT(audit_row, object_type),               NULL, 0, 0 },
    { NULL,                    "object_id",   PROPERTY_STRING,    HIDDEN,                        AT(audit_row, object_id),                 NULL, 0, 0 },
    { NULL,                    "detail",      PROPERTY_STRING,    HIDDEN | NULLABLE,             AT(audit_row, detail),                    NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity audit_event_entity = { .name = "auditEvent",
                                           .table = "audit_events",
                                           .properties = audit_properties,
                                           .size = sizeof(struct audit_row) };

struct audit_event audit_event_of(const struct actor *actor, const char *activity,
                                  const char *object_type, const char *object_id, time_t now)
{
    return (struct audit_event){ .tenant_id = actor->tenant_id,
                                 .actor = actor->name,
                                 .activity = activity,
                                 .object_type = object_type,
                                 .object_id = object_id,
                                 .request_id = actor->request_id,
                                 .is_success = true,
                                 .at = now };
}
