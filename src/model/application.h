/*
 * application - a caller that is registered here: a program, with what it may do and what it
 * proves itself with.
 *
 * The secrets of its password credentials stand nowhere: secret_text is set only in the answer
 * that shows a new one.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { APPLICATION_CREDENTIALS_MAX = 10, APPLICATION_ROLES_MAX = 64 };

struct password_credential {
    const char *id;
    const char *display_name;
    const char *hint;        /* the first characters of the secret */
    const char *secret_text; /* in the answer that makes it, else NULL */
    time_t begins_at;
    time_t ends_at;
};

struct key_credential {
    const char *id;
    const char *display_name;
    const char *type;  /* "AsymmetricX509Cert" */
    const char *usage; /* "Verify" */
    struct bytes key;  /* a certificate in DER */
    struct bytes thumbprint;
    time_t begins_at;
    time_t ends_at;
};

struct application {
    const char *id;
    const char *tenant_id;
    const char *app_id; /* the client_id */
    const char *display_name;
    const char *description;
    bool is_disabled;
    struct strings app_roles; /* scopes that its tokens name as roles */
    struct list password_credentials;
    struct list key_credentials;
    int64_t revision;
    time_t created_at;
    time_t modified_at;
};

extern const struct entity application_entity;
extern const struct entity password_credential_entity;
extern const struct entity key_credential_entity;
