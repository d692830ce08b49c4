#include "server/config.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "ca/responder.h"
#include "graph/cors.h"
#include "http/server.h"
#include "inspection/inspection.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

enum setting_type {
    SETTING_TEXT,
    SETTING_INT,
    SETTING_URL,
    SETTING_LEVEL,
    SETTING_RESPONDER,
    SETTING_ORIGINS,
    SETTING_INSPECTION_KEY,
};

struct setting {
    const char *name; /* "section.name" */
    enum setting_type type;
    size_t offset;
    const char *text_default;
    int64_t number_default;
    int64_t min, max;
    const char *meaning;
};

#define TEXT(member, type, value, meaning) \
    type, offsetof(struct config, member), value, 0, 0, 0, meaning
#define NUMBER(member, value, min, max, meaning) \
    SETTING_INT, offsetof(struct config, member), NULL, value, min, max, meaning

static const struct setting settings[] = {
    // clang-format off
    { "server.https",      TEXT(https, SETTING_TEXT, "127.0.0.1:8443", "address and port of the API") },
    { "server.http",       TEXT(http, SETTING_TEXT, "127.0.0.1:8080", "address and port for SCEP, CRLs and OCSP") },
    { "server.public_url", TEXT(public_url, SETTING_URL, "http://localhost:8080", "what devices and relying parties call us; stands in certificates") },
    { "server.api_url",    TEXT(api_url, SETTING_TEXT, "", "what API clients call us; empty: https:// and the https address") },
    { "server.database",   TEXT(database, SETTING_TEXT, "", "postgresql://…; empty: SQLite in the data directory") },
    { "server.log_level",  TEXT(log_level, SETTING_LEVEL, "info", "debug, info, warning or error") },
    { "server.workers",    NUMBER(workers, 0, 0, 1024, "threads for cryptography and reads; 0: one per core") },
    { "server.loops",      NUMBER(loops, 0, 0, 256, "event loops; 0: one per core") },
    { "server.readers",    NUMBER(readers, 16, 2, 1024, "database connections for reading") },
    { "limits.connections",             NUMBER(connections, 20000, 10, 1000000, "open connections") },
    { "limits.connections_per_address", NUMBER(connections_per_address, 0, 0, 1000000, "open connections of one address; 0: any number") },
    { "limits.request_memory",  NUMBER(request_memory, HTTP_MEMORY_OCTETS_MAX, 4 * 1024 * 1024, 1LL << 40, "octets of long requests in memory, over all connections") },
    { "limits.header_timeout",  NUMBER(header_timeout_s, 10, 1, 600, "seconds for a request's headers to arrive") },
    { "limits.body_timeout",    NUMBER(body_timeout_s, 30, 1, 3600, "seconds for a request's body to arrive") },
    { "limits.idle_timeout",    NUMBER(idle_timeout_s, 120, 1, 3600, "seconds between requests") },
    { "limits.request_timeout", NUMBER(request_timeout_s, 60, 1, 3600, "seconds to answer a request") },
    { "limits.cas",             NUMBER(cas, 100, 1, 100000, "CAs per tenant") },
    { "api.cors_origins",        TEXT(cors_origins, SETTING_ORIGINS, "", "web pages that may use the API: origins such as https://console.example, blanks between; empty: none") },
    { "api.requests_per_minute", NUMBER(requests_per_minute, 6000, 0, 1000000, "API requests of one caller, all at once or spread over a minute; 0: any number") },
    { "token.audience",        TEXT(token_audience, SETTING_TEXT, "cloudpki", "aud of access tokens") },
    { "token.lifetime",         NUMBER(token_lifetime_s, 3600, 60, 86400, "seconds a token of an application is valid") },
    { "token.key_days",         NUMBER(token_key_days, 90, 1, 3650, "days a key signs tokens") },
    { "ca.leaf_days",           NUMBER(leaf_days, 0, 0, 3650, "days a leaf is valid; 0: one calendar year") },
    { "ca.early_renewal",       NUMBER(early_renewal, 0, 0, 1, "1: RenewalReq before the last half of a certificate's life") },
    { "status.responder",       TEXT(responder, SETTING_RESPONDER, "p256", "who signs OCSP answers: a responder with a p256 or rsa key, or the ca itself (Windows)") },
    { "trust.upload_hosts",     TEXT(upload_hosts, SETTING_TEXT, "", "hosts that bundles of CAs may be fetched from: names, *.example.com or addresses, blanks between; empty: none") },
    { "status.max_age",         NUMBER(max_age_s, 60, 0, 86400, "seconds that caches may keep CRLs and OCSP answers") },
    { "audit.days",             NUMBER(audit_days, 2555, 0, 36500, "days audit rows are kept; 0: for ever") },
    { "crl.period",             NUMBER(crl_hours, 84, 1, 8760, "hours between complete CRLs") },
    { "crl.lifetime",           NUMBER(crl_lifetime_hours, 168, 2, 17520, "hours a complete CRL is valid") },
    { "crl.delta_period",       NUMBER(delta_hours, 12, 1, 8760, "hours between delta CRLs") },
    { "crl.delta_lifetime",     NUMBER(delta_lifetime_hours, 24, 2, 17520, "hours a delta CRL is valid") },
    { "inspection.key",         TEXT(inspection_key, SETTING_INSPECTION_KEY, "rsa2048", "keys of CAs for TLS inspection: rsa2048 or p256") },
    { "inspection.any_name",    NUMBER(inspection_any_name, 0, 0, 1, "1: names of CAs for TLS inspection may have blanks and more than 12 characters") },
    // clang-format on
};

static const struct setting *find_setting(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

static const char **text_of(struct config *config, const struct setting *setting)
{
    return (const char **)(void *)((char *)config + setting->offset);
}

static int64_t *number_of(struct config *config, const struct setting *setting)
{
    return (int64_t *)(void *)((char *)config + setting->offset);
}

static bool check_text(const struct setting *setting, const char *value, struct error *err)
{
    enum log_level level;
    enum responder_kind responder;
    enum key_type key_type;
    size_t len = strlen(value);
    if (setting->type == SETTING_URL &&
        ((!text_starts_with(value, "http://") && !text_starts_with(value, "https://")) ||
         value[len - 1] == '/' || strpbrk(value, " \"<>#?")))
        return fail(err, ERR_INVALID, "%s must be an http or https URL without a slash behind",
                    setting->name);
    if (setting->type == SETTING_LEVEL && !log_level_from_text(value, &level))
        return fail(err, ERR_INVALID, "%s must be debug, info, warning or error", setting->name);
    if (setting->type == SETTING_ORIGINS && !cors_check_origins(value, err))
        return error_context(err, "%s", setting->name);
    if (setting->type == SETTING_RESPONDER && !responder_kind_from_text(value, &responder))
        return fail(err, ERR_INVALID, "%s must be p256, rsa or ca", setting->name);
    if (setting->type == SETTING_INSPECTION_KEY && !inspection_key_type_from_text(value, &key_type))
        return fail(err, ERR_INVALID, "%s must be rsa2048 or p256", setting->name);
    return true;
}

struct config config_default(void)
{
    struct config config = { .data = "var" };
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (settings[i].type == SETTING_INT)
            *number_of(&config, &settings[i]) = settings[i].number_default;
        else
            *text_of(&config, &settings[i]) = settings[i].text_default;
    }
    return config;
}

bool config_set(struct config *config, const char *name, const char *value, struct arena *arena,
                struct error *err)
{
    const struct setting *setting = find_setting(name);
    if (config_callers_have(name))
        return config_callers_set(&config->callers, name, value, arena, err);
    if (!setting)
        return fail(err, ERR_INVALID, "there is no setting %s", name);
    if (setting->type != SETTING_INT) {
        if (!check_text(setting, value, err))
            return false;
        *text_of(config, setting) = arena_text(arena, value);
        return true;
    }
    if (!text_int(value, setting->min, setting->max, number_of(config, setting)))
        return fail(err, ERR_INVALID, "%s must be a whole number from %lld to %lld", name,
                    (long long)setting->min, (long long)setting->max);
    return true;
}

struct reading {
    struct config *config;
    struct arena *arena;
    struct error *err;
};

static int take_line(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    const char *full = arena_format(reading->arena, "%s.%s", section, name);
    return config_set(reading->config, full, value, reading->arena, reading->err) ? 1 : 0;
}

bool config_read(struct config *config, const char *path, bool must_exist, struct arena *arena,
                 struct error *err)
{
    struct reading reading = { config, arena, err };
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT && !must_exist)
        return true;
    if (!file)
        return fail(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    int line = ini_parse_file(file, take_line, &reading);
    fclose(file);
    if (line == 0)
        return true;
    if (err->code == ERR_NONE)
        fail(err, ERR_INVALID, "not a 'name = value' line of fewer than %d octets", INI_MAX_LINE);
    return error_context(err, "%s:%d", path, line);
}

void config_print_template(void)
{
    const char *section = "";
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const char *dot = strchr(settings[i].name, '.');
        size_t len = (size_t)(dot - settings[i].name);
        if (strncmp(section, settings[i].name, len) != 0 || section[len] != '.')
            printf("%s[%.*s]\n", i ? "\n" : "", (int)len, settings[i].name);
        section = settings[i].name;
        printf("; %s\n", settings[i].meaning);
        if (settings[i].type == SETTING_INT)
            printf(";%s = %lld\n", dot + 1, (long long)settings[i].number_default);
        else
            printf(";%s = %s\n", dot + 1, settings[i].text_default);
    }
    config_callers_print_template();
}
