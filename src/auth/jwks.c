#include "auth/jwks.h"

#include "auth/jwk.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "http/fetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum {
    FETCH_TIMEOUT_MS = 10000,
    AGE_MIN_S = 300,
    AGE_DEFAULT_S = 3600,
    AGE_MAX_S = 24 * 3600,
    GRACE_S = 24 * 3600, /* a set may outlive its age so long when it cannot be fetched */
    RETRY_S = 60,
    WISHES_MAX = 5,
    WISH_REFILL_S = 60,
    HOSTS_MAX = 64,
};

static const char metadata_path[] = "/.well-known/openid-configuration";

struct source {
    const struct provider_settings *settings;
    struct jwk_set *set; /* NULL: none yet */
    time_t due_at;
    time_t fetched_at;      /* last tried */
    time_t ends_at;         /* of the set */
    time_t wishes_empty_at; /* of the bucket of wishes: later is fuller */
    bool is_wanted;
    bool is_running;
    struct error failure; /* of the last fetch; code ERR_NONE: it went well */
};

struct jwks {
    jwks_fetch_fn *fetch;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;  /* the thread */
    pthread_cond_t done;  /* those who wait */
    unsigned waiters;
    bool is_running;
    atomic_bool is_stopping; /* read by the fetch, too */
    pthread_t thread;
    size_t count;
    struct source *sources;
};

/* ---- fetching, without the lock ---- */

static const char *host_of(const char *url, struct arena *arena)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    size_t len = *start == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/?#");
    return arena_text_of(arena, (struct bytes){ (const uint8_t *)start, len });
}

static const char *const *hosts_of(const struct provider_settings *settings, const char *url,
                                   struct arena *arena)
{
    const char **hosts = arena_take(arena, (HOSTS_MAX + 2) * sizeof *hosts);
    size_t count = 0;
    hosts[count++] = host_of(url, arena);
    for (size_t i = 0; i < settings->hosts.count && count <= HOSTS_MAX; i++)
        hosts[count++] = settings->hosts.items[i];
    return hosts;
}

/* own: a URL of the settings, whose host is allowed by being there. */
static bool fetch_url(const struct jwks *jwks, const struct provider_settings *settings,
                      const char *own, const char *url, struct arena *arena,
                      struct fetch_answer *out, struct error *err)
{
    const struct fetch_limits limits = { .hosts = hosts_of(settings, own, arena),
                                         .octets_max = JWK_SET_OCTETS_MAX,
                                         .timeout_ms = FETCH_TIMEOUT_MS,
                                         .ca_file = settings->ca_file,
                                         .stop = &jwks->is_stopping };
    if (!jwks->fetch(url, &limits, out, err))
        return false;
    return out->status == 200 || fail(err, ERR_BUSY, "%s answers with status %d", url, out->status);
}

/* OpenID Connect Discovery §4.3: the metadata must be of the issuer that was asked. */
static const char *read_metadata(const struct provider_settings *settings, struct bytes json,
                                 struct arena *arena, struct error *err)
{
    SCOPED(json_decref) json_t *metadata = json_read(json, err);
    const char *url = json_string_value(json_object_get(metadata, "jwks_uri"));
    const char *issuer = json_string_value(json_object_get(metadata, "issuer"));
    if (!metadata)
        return NULL;
    if (!url)
        return fail_null(err, ERR_MALFORMED, "its metadata has no jwks_uri");
    if (!settings->metadata_url && !text_equal(issuer, settings->issuers.items[0]))
        return fail_null(err, ERR_INVALID, "its metadata is of another issuer");
    return arena_text(arena, url);
}

static const char *discover(const struct jwks *jwks, const struct provider_settings *settings,
                            const char **own, struct arena *arena, struct error *err)
{
    *own = settings->jwks_url;
    if (settings->jwks_url)
        return settings->jwks_url;
    const char *url = settings->metadata_url
                          ? settings->metadata_url
                          : arena_format(arena, "%s%s", settings->issuers.items[0], metadata_path);
    struct fetch_answer answer = { .body = NULL };
    *own = url;
    const char *found = fetch_url(jwks, settings, url, url, arena, &answer, err)
                            ? read_metadata(settings, buf_bytes(answer.body), arena, err)
                            : NULL;
    fetch_answer_clear(&answer);
    return found;
}

static struct jwk_set *fetch_set(const struct jwks *jwks, const struct provider_settings *settings,
                                 int *age_s, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct fetch_answer answer = { .body = NULL };
    const char *own;
    const char *url = discover(jwks, settings, &own, arena, err);
    struct jwk_set *set = url && fetch_url(jwks, settings, own, url, arena, &answer, err)
                              ? jwk_set_parse(buf_bytes(answer.body), err)
                              : NULL;
    *age_s = answer.max_age_s > 0 ? answer.max_age_s : AGE_DEFAULT_S;
    if (*age_s < AGE_MIN_S)
        *age_s = AGE_MIN_S;
    if (*age_s > AGE_MAX_S)
        *age_s = AGE_MAX_S;
    fetch_answer_clear(&answer);
    return set;
}

/* This thread is an edge of its own: nobody else tells. */
static void tell(const struct source *source)
{
    bool is_good = source->failure.code == ERR_NONE;
    log_event(is_good ? LOG_INFO : LOG_WARNING, "provider.keys",
              { "provider", source->settings->name }, { "result", is_good ? "ok" : "failed" },
              { "message", is_good ? NULL : source->failure.message });
}

/* ---- with the lock ---- */

static void take_set(struct source *source, struct jwk_set *set, int age_s,
                     const struct error *failure, time_t now)
{
    source->failure = *failure;
    source->is_running = false;
    source->fetched_at = now;
    source->due_at = now + (set ? age_s : RETRY_S);
    if (set) {
        jwk_set_free(source->set);
        source->set = set;
        source->ends_at = now + age_s + GRACE_S;
    } else if (source->ends_at <= now) {
        jwk_set_free(TAKE(source->set));
    }
}

/* A clock that was set back shall not keep a set for ever. */
static bool is_due(const struct source *source, time_t now)
{
    return source->due_at <= now || source->due_at > now + AGE_MAX_S;
}

static struct source *next_due(struct jwks *jwks, time_t now)
{
    for (struct source *source = jwks->sources; source < jwks->sources + jwks->count; source++)
        if (!source->is_running && (source->is_wanted || is_due(source, now)))
            return source;
    return NULL;
}

static bool is_under_way(const struct jwks *jwks)
{
    for (size_t i = 0; i < jwks->count; i++)
        if (jwks->sources[i].is_wanted || jwks->sources[i].is_running)
            return true;
    return false;
}

/* A bucket, as in auth/failures.h; what was asked this very second is asked no more. */
static bool take_wish(struct source *source, time_t now)
{
    if (source->fetched_at == now ||
        source->wishes_empty_at - now > (WISHES_MAX - 1) * WISH_REFILL_S)
        return false;
    if (source->wishes_empty_at < now)
        source->wishes_empty_at = now;
    source->wishes_empty_at += WISH_REFILL_S;
    return true;
}

static bool miss(struct jwks *jwks, struct source *source, time_t now, struct error *err)
{
    if (!source->is_running && !source->is_wanted && take_wish(source, now)) {
        source->is_wanted = true;
        pthread_cond_signal(&jwks->wake);
    }
    if (source->is_running || source->is_wanted)
        return fail(err, ERR_BUSY, "token: the keys of provider %s are on their way: try again",
                    source->settings->name);
    if (!source->set)
        return fail(err, ERR_UNAUTHENTICATED, "token: provider %s has no keys now: %s",
                    source->settings->name, source->failure.message);
    return fail(err, ERR_UNAUTHENTICATED, "token: kid is not a key of provider %s for this alg",
                source->settings->name);
}

static void refresh_one(struct jwks *jwks, struct source *source, time_t now)
{
    int age_s;
    struct error err = { .code = ERR_NONE };
    source->is_wanted = false;
    source->is_running = true;
    pthread_mutex_unlock(&jwks->lock);
    struct jwk_set *set = fetch_set(jwks, source->settings, &age_s, &err);
    pthread_mutex_lock(&jwks->lock);
    bool has_changed = (source->failure.code != ERR_NONE || !source->set) != !set;
    take_set(source, set, age_s, &err, now);
    if (has_changed || !set)
        tell(source);
    pthread_cond_broadcast(&jwks->done);
}

static time_t earliest_due(const struct jwks *jwks)
{
    time_t due_at = jwks->sources[0].due_at;
    for (size_t i = 0; i < jwks->count; i++)
        if (jwks->sources[i].due_at < due_at)
            due_at = jwks->sources[i].due_at;
    return due_at;
}

static void *run(void *context)
{
    struct jwks *jwks = context;
    pthread_mutex_lock(&jwks->lock);
    while (!jwks->is_stopping) {
        time_t now = times_now();
        struct source *source = next_due(jwks, now);
        if (source) {
            refresh_one(jwks, source, now);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += earliest_due(jwks) - now;
        pthread_cond_timedwait(&jwks->wake, &jwks->lock, &until);
    }
    pthread_mutex_unlock(&jwks->lock);
    return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct jwks *jwks_new(const struct provider_settings *providers, size_t count, jwks_fetch_fn *fetch)
{
    struct jwks *jwks = memory_new(sizeof *jwks);
    jwks->fetch = fetch;
    jwks->count = count;
    jwks->sources = memory_new_array(count + 1, sizeof *jwks->sources);
    for (size_t i = 0; i < count; i++)
        jwks->sources[i].settings = &providers[i];
    pthread_mutex_init(&jwks->lock, NULL);
    init_condition(&jwks->wake);
    init_condition(&jwks->done);
    return jwks;
}

void jwks_start(struct jwks *jwks)
{
    if (jwks->count == 0 || jwks->is_running)
        return;
    jwks->is_running = pthread_create(&jwks->thread, NULL, run, jwks) == 0;
}

void jwks_free(struct jwks *jwks)
{
    if (!jwks)
        return;
    pthread_mutex_lock(&jwks->lock);
    jwks->is_stopping = true;
    pthread_cond_signal(&jwks->wake);
    pthread_mutex_unlock(&jwks->lock);
    if (jwks->is_running)
        pthread_join(jwks->thread, NULL);
    for (size_t i = 0; i < jwks->count; i++)
        jwk_set_free(jwks->sources[i].set);
    pthread_cond_destroy(&jwks->wake);
    pthread_cond_destroy(&jwks->done);
    pthread_mutex_destroy(&jwks->lock);
    memory_free(jwks->sources);
    memory_free(jwks);
}

void jwks_refresh(struct jwks *jwks, time_t now)
{
    pthread_mutex_lock(&jwks->lock);
    for (struct source *source; (source = next_due(jwks, now));)
        refresh_one(jwks, source, now);
    pthread_mutex_unlock(&jwks->lock);
}

EVP_PKEY *jwks_find(struct jwks *jwks, size_t provider, const char *key_id,
                    enum jose_algorithm algorithm, time_t now, unsigned *algorithms,
                    struct error *err)
{
    EVP_PKEY *key = NULL;
    pthread_mutex_lock(&jwks->lock);
    struct source *source = &jwks->sources[provider];
    const struct jwk *jwk =
        source->set && source->ends_at > now ? jwk_set_find(source->set, key_id, algorithm) : NULL;
    if (jwk) {
        key = jwk->key;
        *algorithms = jwk->algorithms;
        EVP_PKEY_up_ref(key);
    } else {
        (void)miss(jwks, source, now, err);
    }
    pthread_mutex_unlock(&jwks->lock);
    return key;
}

bool jwks_wait(struct jwks *jwks, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    pthread_mutex_lock(&jwks->lock);
    bool may = jwks->waiters < JWKS_WAITERS_MAX;
    jwks->waiters += may ? 1 : 0;
    bool is_late = false;
    while (may && !is_late && is_under_way(jwks))
        is_late = pthread_cond_timedwait(&jwks->done, &jwks->lock, &until) != 0;
    jwks->waiters -= may ? 1 : 0;
    pthread_mutex_unlock(&jwks->lock);
    return may && !is_late;
}
