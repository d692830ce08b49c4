/*
 * user - who signs in with a certificate, as a row: names, and the texts that certificates are
 * bound to the user by.
 */
#pragma once

#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { CERTIFICATE_USER_IDS_MAX = 5, USER_NAME_CHARACTERS_MAX = 113 };

struct authorization_info {
    struct strings certificate_user_ids; /* "X509:<PN>bob@example.org" … */
};

struct user {
    const char *id;
    const char *tenant_id;
    bool is_enabled;
    struct authorization_info authorization;
    const char *display_name;
    const char *mail;
    const char *on_premises_name;
    const char *principal_name;
    const char *principal_name_folded;
    int64_t revision;
    time_t created_at;
    time_t deleted_at; /* never: deleting is for good */
};

extern const struct entity authorization_info_entity;
extern const struct entity user_entity;
