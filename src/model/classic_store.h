/*
 * classic_store - certificateBasedAuthConfiguration: the CAs that an organization accepts sign-in
 * certificates of, all in one object, as a row. A tenant has one at most, and its id is always
 * the same.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <time.h>

#define CLASSIC_STORE_ID "29728ade-6ae4-4ee9-9103-412912537da5"

struct classic_ca {
    struct bytes certificate; /* DER */
    const char *crl_url;
    const char *delta_crl_url;
    bool is_root;
    const char *issuer;         /* the whole name */
    const char *key_identifier; /* its own, upper-case hex */
};

struct classic_store {
    const char *id;
    const char *tenant_id;
    struct list cas; /* struct classic_ca */
    time_t created_at;
};

extern const struct entity classic_ca_entity;    /* certificateAuthority */
extern const struct entity classic_store_entity; /* certificateBasedAuthConfiguration */
