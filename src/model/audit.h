/*
 * audit - one row per change, written in the change's own transaction. No secrets.
 */
#pragma once

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
