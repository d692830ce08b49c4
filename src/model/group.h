/*
 * group - users under one name, as rows: what sign-in policies are aimed at.
 */
#pragma once

#include "model/property.h"
#include "model/user.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct group {
    const char *id;
    const char *tenant_id;
    const char *description;
    const char *display_name;
    const char *mail_nickname;
    bool is_mail_enabled;
    bool is_security_enabled;
    int64_t revision;
    time_t created_at;
    time_t deleted_at; /* never: deleting is for good */
};

/* A user as one of a group, with all that the API shows of users. */
struct group_member {
    const char *id; /* the user's */
    const char *tenant_id;
    const char *group_id;
    time_t joined_at;
    bool is_enabled;
    struct authorization_info authorization;
    const char *display_name;
    const char *mail;
    const char *on_premises_name;
    const char *principal_name;
    time_t created_at;
    time_t deleted_at;
};

extern const struct entity group_entity;
extern const struct entity group_member_entity; /* user */
