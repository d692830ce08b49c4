/*
 * instance - a data directory opened: configuration, master key, database, keys, authority.
 *
 * An instance owns everything below the fronts. `serve` opens it with the directory's exclusive
 * lock; `token` and other tools without, beside a running server. A first opening sets the
 * directory up: master key, tenant, token key.
 */
#pragma once

#include "base/attributes.h"
#include "server/config.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct auth;
struct authority;
struct error;
struct inspection;
struct keys;
struct metrics;
struct pool;
struct provider;
struct store;
struct trust;

struct instance {
    struct arena *arena; /* texts of config and paths */
    struct config config;
    const char *tenant_id;
    const char *api_url;
    int lock;        /* file descriptor; -1 without */
    bool is_serving; /* atomic: the listeners have their certificate, so /readyz may say so */
    struct metrics *metrics;
    struct pool *workers;
    struct pool *desk;
    struct store *store;
    struct keys *keys;
    struct auth *auth;
    struct authority *authority;
    struct trust *trust;
    struct provider *provider;
    struct inspection *inspection;
};

struct instance_options {
    const struct config *config; /* texts are copied */
    bool exclusive;              /* take the lock: ERR_CONFLICT when another server holds it */
    bool may_create;             /* set an empty directory up; otherwise ERR_NOT_FOUND */
};

struct instance *instance_open(const struct instance_options *options, time_t now,
                               struct error *err) MUST_CHECK;

/* Finishes the work in hand: from here on no thread of ours calls into a front or the authority,
 * and new work is refused. */
void instance_stop(struct instance *instance);

/* Stops, then closes. Fronts must be gone. */
void instance_close(struct instance *instance);
DEFINE_SCOPED(struct instance *, instance_close)

/* A file of the data directory; the text lives in arena. */
const char *instance_path(const struct instance *instance, struct arena *arena, const char *name);
