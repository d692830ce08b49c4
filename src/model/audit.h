/*
 * audit - one row per change, written in the change's own transaction. No secrets.
 */
#pragma once

#include "model/property.h"

#include <stdbool.h>
#include <time.h>

/* Who changes what: for audit rows and tenant checks. Borrowed for the call. */
struct actor {
    const char *tenant_id;
    const char *name;       /* token subject, "scep", "timer" … */
    const char *request_id; /* NULL outside requests */
};

struct audit_event {
    const char *tenant_id;
    const char *actor;    /* token subject, "scep", "timer", "cli" */
    const char *activity; /* "Create CloudCertificationAuthority" … */
    const char *object_type;
    const char *object_id;
    const char *request_id; /* NULL outside requests */
    const char *detail;     /* one clause or JSON object; NULL if none */
    bool is_success;
    time_t at;
};

/* A change that was made, without detail. */
struct audit_event audit_event_of(const struct actor *actor, const char *activity,
                                  const char *object_type, const char *object_id, time_t now);

/* ---- read back, as auditEvent ---- */

struct audit_actor {
    const char *user_principal_name;
};

struct audit_resource {
    const char *type;
    const char *id;
};

struct audit_row {
    const char *id;
    const char *tenant_id;
    struct audit_actor actor;
    const char *activity_type;
    const char *object_type;
    const char *object_id;
    struct list resources; /* struct audit_resource: made of the two above when it is shown */
    const char *request_id;
    const char *detail;
    bool is_success;
    time_t at;
};

extern const struct entity audit_actor_entity;    /* auditActor */
extern const struct entity audit_resource_entity; /* auditResource */
extern const struct entity audit_event_entity;    /* auditEvent: struct audit_row */
