/*
 * local - what the owner of a data directory may do without a running server: tokens.
 *
 * The one place that reads the environment.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct access;
struct arena;
struct config;
struct error;
struct instance;

/* given, else CLOUDPKI_DATA, else "var". */
const char *local_data_directory(const char *given);

struct local_token {
    const char *tenant_id;     /* NULL: the first one */
    const char *subject;       /* NULL: "cli" */
    const char *const *scopes; /* none: every family's, and without roles Global Administrator */
    size_t scope_count;
    const char *const *roles;
    size_t role_count;
    int lifetime_s;
};

/* Opens the directory beside a running server and signs a token. */
bool local_token(const struct config *config, const struct local_token *wish, time_t now,
                 struct buf *out, struct error *err) MUST_CHECK;

/* For the commands that speak to the API: CLOUDPKI_URL, CLOUDPKI_TOKEN and CLOUDPKI_CA_FILE, else a
 * data directory and a token of five minutes. */
bool local_access(const char *data, struct arena *arena, struct access *access,
                  struct error *err) MUST_CHECK;

/* The token key, made at set-up so that tools need only read. */
bool local_make_token_key(struct instance *instance, time_t now, struct error *err) MUST_CHECK;
