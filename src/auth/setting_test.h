/*
 * setting - a store, keys and an auth for the tests of challenges and renewals. For tests only;
 * include it after unit/unit.h.
 */
#pragma once

#include "auth/auth.h"
#include "base/error.h"
#include "keys/keys.h"
#include "store/fixture.h"

struct setting {
    struct fixture *fixture; /* with its "ca1" */
    struct keys *keys;
    struct auth *auth;
    struct arena *arena;
    struct error err; /* of the last call that failed */
};

typedef void setting_body_fn(struct setting *setting);
void setting_run(struct fixture *fixture, setting_body_fn *body);

#define SETTING_TEST(test_name)                               \
    static void test_name##_setting(struct setting *setting); \
    STORE_TEST(test_name)                                     \
    {                                                         \
        setting_run(fixture, test_name##_setting);            \
    }                                                         \
    static void test_name##_setting(struct setting *setting)

/* One more CA, whose only usage is serverAuth. */
void setting_add_ca(struct setting *setting, const char *id, int64_t type, int64_t status);
void setting_change_kind(struct setting *setting, const char *leaf_id, int64_t kind);
