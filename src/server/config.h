/*
 * config - settings of a server: defaults, then cloudpki.ini, then the command line.
 *
 * cloudpki.ini stands in the data directory and has sections; each setting is a row with type,
 * bounds, default and unit. A wrong value stops start-up with file, line and rule.
 */
#pragma once

#include "base/attributes.h"
#include "server/config_callers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

struct config {
    const char *data; /* directory */
    const char *https;
    const char *http;
    const char *public_url;
    const char *api_url;  /* "" : https:// and the https address */
    const char *database; /* "" : sqlite in the data directory */
    const char *log_level;
    const char *token_audience;
    int64_t token_lifetime_s; /* of an application's token */
    int64_t token_key_days;
    struct config_callers callers;
    int64_t workers; /* 0: one per core */
    int64_t loops;   /* 0: one per core */
    int64_t readers;
    int64_t connections;
    int64_t connections_per_address;
    int64_t request_memory;
    int64_t header_timeout_s;
    int64_t body_timeout_s;
    int64_t idle_timeout_s;
    int64_t request_timeout_s;
    int64_t cas;
    const char *cors_origins;    /* "": none */
    int64_t requests_per_minute; /* of one caller; 0: any number */
    int64_t leaf_days;
    int64_t crl_hours;
    int64_t crl_lifetime_hours;
    int64_t delta_hours;
    int64_t delta_lifetime_hours;
    const char *responder;
    int64_t max_age_s;
    int64_t audit_days;       /* 0: for ever */
    int64_t early_renewal;    /* 0 or 1 */
    const char *upload_hosts; /* "": none */
    const char *inspection_key;
    int64_t inspection_any_name; /* 0 or 1 */
};

/* Defaults. */
struct config config_default(void);

/* Texts live in the arena. A missing file is fine unless it was named. */
bool config_read(struct config *config, const char *path, bool must_exist, struct arena *arena,
                 struct error *err) MUST_CHECK;

/* One setting, "section.name": for the command line and tests. */
bool config_set(struct config *config, const char *name, const char *value, struct arena *arena,
                struct error *err) MUST_CHECK;

/* Every setting with default, unit and meaning, as an ini file with comments. */
void config_print_template(void);
