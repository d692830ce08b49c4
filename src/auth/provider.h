/*
 * provider - where tokens come from: our own authority, and OpenID providers of others by setting.
 *
 * One form for both, so that claims are judged by one code. The own one has no name: its tenants
 * are ours as they are, and its tokens must hold every claim that we write.
 */
#pragma once

#include "model/property.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { PROVIDERS_MAX = 32 };

struct provider_settings {
    const char *name;         /* in the subject of its callers, "name:subject"; NULL: ours */
    struct strings issuers;   /* exact iss; a literal "{tenant}" stands for the tenant's claim */
    struct strings audiences; /* any of them */
    const char *jwks_url;     /* NULL: the jwks_uri of the metadata */
    const char *metadata_url; /* NULL: the first issuer's /.well-known/openid-configuration */
    struct strings hosts;     /* that may be asked beside those of the URLs above; addresses too */
    const char *ca_file;      /* NULL: the system's roots */
    unsigned algorithms;      /* JOSE_BITs */
    bool allows_untyped;      /* tokens without typ, as some providers write them */
    const char *tenant_claim;
    struct strings tenants; /* "theirs=ours" or "theirs" for tenant_id; none: all are tenant_id */
    const char *tenant_id;  /* the installation's own */
    const char *subject_claim;
    struct strings scope_claims;          /* of a delegated token */
    struct strings role_claims;           /* of an application's token */
    struct strings directory_role_claims; /* of who a delegated token acts for */
};

/* A role of ours that reaches only the CAs that carry one of its tags (roleScopeTagIds). */
struct role_settings {
    const char *name;
    struct strings scope_tags;
};

struct strings strings_copy(const struct strings *from, struct arena *arena);
struct provider_settings provider_settings_copy(const struct provider_settings *from,
                                                struct arena *arena);
