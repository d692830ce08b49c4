#include "server/instance.h"

#include "auth/auth.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority.h"
#include "ca/responder.h"
#include "ca/stored_key.h"
#include "inspection/inspection.h"
#include "keys/keys.h"
#include "provider/provider.h"
#include "store/rows.h"
#include "store/store.h"
#include "trust/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESK_THREADS = 4, DESK_QUEUE_MAX = 64, WORKER_QUEUE_MAX = 2048, WRITE_QUEUE_MAX = 4096 };

/* OpenSSL before this has holes in CMS and RSA decryption that we rely on being closed. */
enum { OPENSSL_MINOR_NEEDED = 0, OPENSSL_PATCH_NEEDED = 21 };

#define MASTER_CHECK_SETTING "master_key_check"
#define API_URL_SETTING      "api_url"

static bool check_openssl(struct error *err)
{
    if (OPENSSL_version_major() > 3 || OPENSSL_version_minor() > OPENSSL_MINOR_NEEDED ||
        OPENSSL_version_patch() >= OPENSSL_PATCH_NEEDED)
        return true;
    return fail(err, ERR_INTERNAL, "libcrypto %s is older than 3.0.%d: update libssl3",
                OpenSSL_version(OPENSSL_VERSION_STRING), OPENSSL_PATCH_NEEDED);
}

static bool make_directory(const char *path, bool may_create, struct error *err)
{
    struct stat info;
    if (stat(path, &info) == 0) {
        if (!S_ISDIR(info.st_mode))
            return fail(err, ERR_INVALID, "%s is not a directory", path);
        return true;
    }
    if (!may_create)
        return fail(err, ERR_NOT_FOUND, "%s is not there: 'cloudpki init' makes it", path);
    if (mkdir(path, 0700) != 0)
        return fail(err, ERR_INTERNAL, "%s cannot be made: %s", path, strerror(errno));
    return true;
}

static bool take_lock(struct instance *instance, struct error *err)
{
    const char *path = instance_path(instance, instance->arena, "lock");
    instance->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (instance->lock < 0)
        return fail(err, ERR_INTERNAL, "%s cannot be opened: %s", path, strerror(errno));
    if (flock(instance->lock, LOCK_EX | LOCK_NB) != 0)
        return fail(err, ERR_CONFLICT, "another cloudpki serves %s", instance->config.data);
    return true;
}

static bool open_store(struct instance *instance, struct error *err)
{
    const struct config *config = &instance->config;
    const char *url = *config->database
                          ? config->database
                          : arena_format(instance->arena, "sqlite:%s",
                                         instance_path(instance, instance->arena, "cloudpki.db"));
    instance->store = store_open(&(struct store_options){ .url = url,
                                                          .workers = instance->workers,
                                                          .readers_max = (unsigned)config->readers,
                                                          .queue_max = WRITE_QUEUE_MAX,
                                                          .metrics = instance->metrics },
                                 err);
    return instance->store != NULL;
}

static bool open_keys(struct instance *instance, bool may_create, struct error *err)
{
    uint8_t master[MASTER_KEY_OCTETS];
    const char *path = instance_path(instance, instance->arena, "master.key");
    if (!keys_read_master(path, may_create, master, err))
        return false;
    instance->keys = keys_new(&(struct keys_options){ .master_key = BYTES_OF(master),
                                                      .load = stored_key_load,
                                                      .context = &instance->store,
                                                      .generator_queue_max = 8,
                                                      .generator_wait_s = 60 },
                              err);
    bytes_wipe(master, sizeof master);
    return instance->keys != NULL;
}

struct setup {
    const char *tenant_id; /* NULL: there is one */
    const char *master_check;
    time_t now;
};

static bool write_setup(struct session *session, void *context, struct error *err)
{
    const struct setup *setup = context;
    return tenants_insert(session, setup->tenant_id, "default", setup->now, err) &&
           settings_put(session, MASTER_CHECK_SETTING, setup->master_check, err);
}

/* The database remembers a MAC under the master key: another key is noticed at once. */
static const char *master_check(struct instance *instance)
{
    uint8_t mac[32];
    SCOPED(buf_free) struct buf *hex = buf_new(2 * sizeof mac);
    keys_mac(instance->keys, MASTER_CHECK_SETTING, BYTES_NONE, mac);
    hex_encode_lower(BYTES_OF(mac), hex);
    return arena_text(instance->arena, buf_text(hex));
}

static bool find_tenant(struct instance *instance, bool *found, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(instance->store, err);
    if (!session)
        return false;
    struct error missing = { .code = ERR_NONE };
    *found = tenants_first(session, instance->arena, &instance->tenant_id, &missing);
    if (!*found)
        return missing.code == ERR_NOT_FOUND || fail(err, missing.code, "%s", missing.message);
    const char *stored = NULL;
    if (!settings_get(session, MASTER_CHECK_SETTING, instance->arena, &stored, err))
        return false;
    if (!text_equal(stored, master_check(instance)))
        return fail(err, ERR_INVALID,
                    "%s is not the master key of this database: put the right file back",
                    instance_path(instance, instance->arena, "master.key"));
    return true;
}

static bool set_up(struct instance *instance, bool may_create, time_t now, struct error *err)
{
    bool found = false;
    if (!find_tenant(instance, &found, err))
        return false;
    if (found)
        return true;
    if (!may_create)
        return fail(err, ERR_NOT_FOUND, "%s is not set up: run 'cloudpki init'",
                    instance->config.data);
    char id[UUID_TEXT_OCTETS];
    random_uuid(id);
    instance->tenant_id = arena_text(instance->arena, id);
    struct setup setup = { instance->tenant_id, master_check(instance), now };
    return store_write(instance->store, write_setup, &setup, err);
}

static bool put_api_url(struct session *session, void *context, struct error *err)
{
    return settings_put(session, API_URL_SETTING, context, err);
}

/* The server says where it is, so that tools beside it find it and sign tokens that it takes. */
static bool agree_on_api_url(struct instance *instance, bool is_server, struct error *err)
{
    if (is_server) {
        char *url = arena_text(instance->arena, instance->api_url);
        return store_write(instance->store, put_api_url, url, err);
    }
    const char *stored = NULL;
    SCOPED(session_free) struct session *session = store_read(instance->store, err);
    if (!session || !settings_get(session, API_URL_SETTING, instance->arena, &stored, err))
        return false;
    if (stored)
        instance->api_url = stored;
    return true;
}

static unsigned cores(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

static void start_pools(struct instance *instance)
{
    unsigned workers = (unsigned)instance->config.workers;
    instance->metrics = metrics_new();
    instance->workers = pool_new("worker", workers ? workers : cores(), WORKER_QUEUE_MAX);
    instance->desk = pool_new("desk", DESK_THREADS, DESK_QUEUE_MAX);
}

/* "{tenant}" is the tenant that a token names. */
static struct auth *open_auth(struct instance *instance, struct error *err)
{
    struct config *config = &instance->config;
    struct config_callers *callers = &config->callers;
    if (!config_callers_complete(callers, instance->tenant_id, config->token_audience,
                                 instance->arena, err))
        return NULL;
    const struct auth_settings settings = {
        .issuer = arena_format(instance->arena, "%s/{tenant}/v2.0", instance->api_url),
        .audience = config->token_audience,
        .providers = callers->providers,
        .provider_count = callers->provider_count,
        .roles = callers->roles,
        .role_count = callers->role_count,
        .token_key_days = (int)config->token_key_days,
    };
    return auth_new(&(struct auth_options){ .store = instance->store,
                                            .keys = instance->keys,
                                            .settings = settings },
                    err);
}

static bool open_authority(struct instance *instance, struct error *err)
{
    const struct config *config = &instance->config;
    instance->auth = open_auth(instance, err);
    struct authority_settings settings = authority_settings_default;
    settings.urls = (struct urls){ config->public_url, instance->api_url };
    settings.cas_max = config->cas;
    settings.leaf_days = config->leaf_days;
    settings.crl_period_s = (int)config->crl_hours * HOUR;
    settings.crl_lifetime_s = (int)config->crl_lifetime_hours * HOUR;
    settings.delta_period_s = (int)config->delta_hours * HOUR;
    settings.delta_lifetime_s = (int)config->delta_lifetime_hours * HOUR;
    if (!responder_kind_from_text(config->responder, &settings.responder))
        return fail(err, ERR_INVALID, "status.responder is unknown");
    settings.max_age_s = (int)config->max_age_s;
    settings.audit_days = config->audit_days;
    settings.allow_early_renewal = config->early_renewal != 0;
    instance->provider = provider_new(instance->store, instance->keys);
    if (instance->auth)
        instance->authority =
            authority_new(&(struct authority_options){ .store = instance->store,
                                                       .keys = instance->keys,
                                                       .workers = instance->workers,
                                                       .desk = instance->desk,
                                                       .metrics = instance->metrics,
                                                       .settings = settings },
                          err);
    return instance->authority != NULL;
}

static bool open_inspection(struct instance *instance, struct error *err)
{
    const struct config *config = &instance->config;
    struct inspection_options options = { .store = instance->store,
                                          .keys = instance->keys,
                                          .authority = instance->authority,
                                          .allows_any_name = config->inspection_any_name != 0 };
    if (!inspection_key_type_from_text(config->inspection_key, &options.key_type))
        return fail(err, ERR_INVALID, "inspection.key is unknown");
    instance->inspection = inspection_new(&options);
    return true;
}

static void copy_config(struct instance *instance, const struct config *config)
{
    instance->config = *config;
    instance->api_url = *config->api_url
                            ? config->api_url
                            : arena_format(instance->arena, "https://%s", config->https);
}

struct instance *instance_open(const struct instance_options *options, time_t now,
                               struct error *err)
{
    SCOPED(instance_close) struct instance *instance = memory_new(sizeof *instance);
    instance->arena = arena_new();
    instance->lock = -1;
    copy_config(instance, options->config);
    umask(0077);
    if (!check_openssl(err) || !make_directory(instance->config.data, options->may_create, err) ||
        (options->exclusive && !take_lock(instance, err)))
        return NULL;
    start_pools(instance);
    if (!open_keys(instance, options->may_create, err) || !open_store(instance, err) ||
        !set_up(instance, options->may_create, now, err) ||
        !agree_on_api_url(instance, options->exclusive, err) || !open_authority(instance, err) ||
        !open_inspection(instance, err))
        return NULL;
    instance->trust = trust_new(instance->store, instance->config.upload_hosts);
    return TAKE(instance);
}

const char *instance_path(const struct instance *instance, struct arena *arena, const char *name)
{
    return arena_format(arena, "%s/%s", instance->config.data, name);
}

/* The desk waits for writes, and a write is answered on a worker: whoever calls stops first. */
void instance_stop(struct instance *instance)
{
    trust_stop(instance->trust);
    pool_stop(instance->desk);
    store_stop(instance->store);
    pool_stop(instance->workers);
}

void instance_close(struct instance *instance)
{
    if (!instance)
        return;
    instance_stop(instance);
    inspection_free(instance->inspection);
    provider_free(instance->provider);
    trust_free(instance->trust);
    authority_free(instance->authority);
    auth_free(instance->auth);
    store_close(instance->store);
    pool_free(instance->desk);
    pool_free(instance->workers);
    keys_free(instance->keys);
    metrics_free(instance->metrics);
    if (instance->lock >= 0)
        close(instance->lock);
    arena_free(instance->arena);
    memory_free(instance);
}
