/*
 * subscription - cloudPkiSubscription: what an outside PKI is reached with, as a row.
 *
 * Credentials are sealed in the row and never read back into the struct by a list: the API shows
 * null there. A sync engine owns the sync members.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdint.h>
#include <time.h>

enum cloud_pki_provider { PROVIDER_UNKNOWN, PROVIDER_SYMANTEC };
enum sync_status { SYNC_UNKNOWN, SYNC_SUCCEEDED, SYNC_FAILED };

enum { SUBSCRIPTION_CERTIFICATE_OCTETS_MAX = 65536 };

struct subscription_credentials {
    const char *user_name;
    const char *password;
    struct bytes certificate; /* PKCS #12, RFC 7292 */
    const char *certificate_password;
};

struct subscription {
    const char *id;
    const char *tenant_id;
    int64_t provider;
    const char *display_name;
    const char *description;
    struct subscription_credentials credentials; /* what a client gives; empty when read */
    struct bytes credentials_sealed;
    struct bytes trusted_root; /* DER: the root that the provider's TLS certificate must chain to */
    int64_t sync_status;
    const char *last_sync_error;
    time_t last_sync_at;
    int64_t revision; /* version in the API: counts changes */
    time_t created_at;
    time_t modified_at;
};

extern const struct enum_texts cloud_pki_provider_texts;
extern const struct enum_texts sync_status_texts;

extern const struct entity subscription_credentials_entity; /* cloudPkiAdministratorCredentials */
extern const struct entity subscription_entity;             /* cloudPkiSubscription */
