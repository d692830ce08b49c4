/*
 * access - who may use a route: the scopes of each family of operations, and the directory roles.
 *
 * A token of an application needs one of the scopes. A token that acts for somebody (delegated)
 * needs one of the scopes and, where the row names roles, that person one of the roles.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"

#include <stdbool.h>

struct error;

enum access {
    ACCESS_OPEN,   /* without a token */
    ACCESS_CALLER, /* with any token: what follows is asked for by itself */
    ACCESS_CA_READ,
    ACCESS_CA_WRITE,
    ACCESS_REPORT_READ,
    ACCESS_AUDIT_READ,
    ACCESS_PKI_READ,
    ACCESS_PKI_WRITE,
    ACCESS_SUBSCRIPTION_READ,
    ACCESS_SUBSCRIPTION_WRITE,
    ACCESS_NETWORK_READ,
    ACCESS_NETWORK_WRITE,
    ACCESS_ORGANIZATION_READ,
    ACCESS_ORGANIZATION_WRITE,
    ACCESS_POLICY_READ,
    ACCESS_POLICY_WRITE,
    ACCESS_USERS_READ,
    ACCESS_USERS_WRITE,
    ACCESS_GROUPS_READ,
    ACCESS_GROUPS_WRITE,
    ACCESS_APPLICATION_READ,
    ACCESS_APPLICATION_WRITE,
    ACCESS_COUNT
};

/* Errors: ERR_FORBIDDEN, naming the scopes or the roles that would do. */
bool access_check(enum access access, const struct caller *caller, struct error *err) MUST_CHECK;

/* Whether the caller may do all that an application with this scope may, whom neither roles nor
 * scope tags limit. */
bool access_covers(const struct caller *caller, const char *scope);

/* The scopes that would do, least privilege first, one blank between; NULL: none is needed. */
const char *access_scopes(enum access access);

/* The directory roles of which a delegated caller needs one, ", " between; NULL: none is needed. */
const char *access_roles(enum access access);
