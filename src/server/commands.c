#include "server/commands.h"

#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/times.h"
#include "server/config.h"
#include "server/instance.h"
#include "server/local.h"
#include "server/serve.h"
#include "server/tls.h"

#include <stdio.h>
#include <string.h>

static const struct option_row serve_options[] = {
    // clang-format off
    { "config",     OPTION_TEXT, "FILE",      "settings; default: cloudpki.ini in the data directory" },
    { "data",       OPTION_TEXT, "DIR",       "data directory (CLOUDPKI_DATA); default: ./var" },
    { "https",      OPTION_TEXT, "ADDR:PORT", "where the API listens; default: 127.0.0.1:8443" },
    { "http",       OPTION_TEXT, "ADDR:PORT", "where SCEP, CRLs and OCSP listen; default: 127.0.0.1:8080" },
    { "public-url", OPTION_TEXT, "URL",       "what devices call us; default: http://localhost:8080" },
    { "database",   OPTION_TEXT, "URL",       "postgresql://…; default: SQLite in the data directory" },
    { "set",        OPTION_LIST, "NAME=VALUE", "any setting of cloudpki.ini, such as limits.cas=10" },
    { 0 },
    // clang-format on
};

static const struct option_row token_options[] = {
    // clang-format off
    { "config",   OPTION_TEXT, "FILE",     "settings; default: cloudpki.ini in the data directory" },
    { "data",     OPTION_TEXT, "DIR",      "data directory (CLOUDPKI_DATA); default: ./var" },
    { "database", OPTION_TEXT, "URL",      "as for serve" },
    { "https",    OPTION_TEXT, "ADDR:PORT", "as for serve: the token names the server that takes it" },
    { "set",      OPTION_LIST, "NAME=VALUE", "as for serve" },
    { "scope",    OPTION_LIST, "SCOPE",    "default: all of them" },
    { "role",     OPTION_LIST, "ROLE",     "directory role; default: Global Administrator when no scope is given" },
    { "tenant",   OPTION_TEXT, "ID",       "default: the tenant that init made" },
    { "subject",  OPTION_TEXT, "NAME",     "who it is for, in the audit log; default: cli" },
    { "lifetime", OPTION_TEXT, "TIME",     "such as 30m or 8h; default: 1h" },
    { 0 },
    // clang-format on
};

/* Options of the command line that are settings by another name. */
static const struct {
    const char *option;
    const char *setting;
} shorthands[] = {
    { "https", "server.https" },
    { "http", "server.http" },
    { "public-url", "server.public_url" },
    { "database", "server.database" },
};

static bool apply_options(struct command_line *line, struct config *config, struct arena *arena,
                          struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(shorthands); i++) {
        const char *value = line_option(line, shorthands[i].option);
        if (value && !config_set(config, shorthands[i].setting, value, arena, err))
            return false;
    }
    const char *const *pairs;
    size_t count = line_list(line, "set", &pairs);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(pairs[i], '=');
        if (!equals)
            return fail(err, ERR_INVALID, "--set %s: NAME=VALUE is needed", pairs[i]);
        const char *name = arena_text_of(
            arena, (struct bytes){ (const uint8_t *)pairs[i], (size_t)(equals - pairs[i]) });
        if (!config_set(config, name, equals + 1, arena, err))
            return false;
    }
    return true;
}

static bool read_config(struct command_line *line, struct config *config, struct arena *arena,
                        struct error *err)
{
    *config = config_default();
    config->data = local_data_directory(line_option(line, "data"));
    const char *named = line_option(line, "config");
    const char *path = named ? named : arena_format(arena, "%s/cloudpki.ini", config->data);
    if (!config_read(config, path, named != NULL, arena, err) ||
        !apply_options(line, config, arena, err))
        return false;
    enum log_level level;
    if (log_level_from_text(config->log_level, &level))
        log_set_level(level);
    return true;
}

static int run_serve(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct config config;
    if (!read_config(line, &config, arena, &err))
        return line_misused(line, "%s", err.message);
    if (!serve(&config, &err))
        return line_failed(line, &err);
    return EXIT_DONE;
}

static int run_init(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct config config;
    if (!read_config(line, &config, arena, &err))
        return line_misused(line, "%s", err.message);
    time_t now = times_now();
    SCOPED(instance_close)
    struct instance *instance = instance_open(
        &(struct instance_options){ .config = &config, .exclusive = true, .may_create = true }, now,
        &err);
    bool changed = false;
    if (!instance || !local_make_token_key(instance, now, &err) ||
        !tls_ensure(instance, now, &changed, &err))
        return line_failed(line, &err);
    printf("%s is ready: tenant %s\n", config.data, instance->tenant_id);
    return EXIT_DONE;
}

static int run_token(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct config config;
    int64_t lifetime = HOUR;
    if (!read_config(line, &config, arena, &err))
        return line_misused(line, "%s", err.message);
    if (!line_duration(line, "lifetime", &lifetime))
        return EXIT_MISUSED;
    if (lifetime < MINUTE || lifetime > DAY)
        return line_misused(line, "--lifetime must be from 1m to 24h");
    const char *const *listed;
    struct local_token wish = { .tenant_id = line_option(line, "tenant"),
                                .subject = line_option(line, "subject"),
                                .lifetime_s = (int)lifetime };
    wish.scope_count = line_list(line, "scope", &listed);
    const char **scopes = arena_take(arena, (wish.scope_count + 1) * sizeof *scopes);
    for (size_t i = 0; i < wish.scope_count; i++)
        scopes[i] = listed[i];
    wish.scopes = scopes;
    wish.role_count = line_list(line, "role", &wish.roles);
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    if (!local_token(&config, &wish, times_now(), token, &err))
        return line_failed(line, &err);
    puts(buf_text(token));
    return EXIT_DONE;
}

static int run_config(struct command_line *line)
{
    (void)line;
    config_print_template();
    return EXIT_DONE;
}

// clang-format off
const struct command server_commands[] = {
    { "serve", "run the server", NULL, 0, 0, serve_options, false,
      "cloudpki serve --data /var/lib/cloudpki --public-url http://pki.example.org", run_serve },
    { "init", "set a data directory up; serve does it by itself when it is empty", NULL, 0, 0,
      serve_options, false, "cloudpki init --data /var/lib/cloudpki", run_init },
    { "token", "print an access token; needs the data directory", NULL, 0, 0, token_options, false,
      "cloudpki token --scope DeviceManagementCloudCA.Read.All --lifetime 8h", run_token },
    { "config", "print every setting with its default, as a cloudpki.ini", NULL, 0, 0, NULL, false,
      "cloudpki config > /var/lib/cloudpki/cloudpki.ini", run_config },
    { 0 },
};
// clang-format on
