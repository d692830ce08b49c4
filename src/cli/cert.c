#include "cli/commands.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/remote.h"

#include <string.h>

#define LEAVES "cloudCertificationAuthorityLeafCertificate"

static const struct column list_columns[] = {
    { "ID", "id" },
    { "SUBJECT", "subjectName" },
    { "STATUS", "certificateStatus" },
    { "SERIAL", "serialNumber" },
    { "UNTIL", "validityEndDateTime" },
    { 0 },
};

static const struct column show_columns[] = {
    { "id", "id" },
    { "subject", "subjectName" },
    { "issuer", "issuerName" },
    { "status", "certificateStatus" },
    { "serial", "serialNumber" },
    { "thumbprint", "thumbprint" },
    { "from", "validityStartDateTime" },
    { "until", "validityEndDateTime" },
    { "revoked", "revocationDateTime" },
    { "device", "deviceName" },
    { "device id", "deviceId" },
    { "user", "userPrincipalName" },
    { "crl", "crlDistributionPointUrl" },
    { "ocsp", "ocspResponderUri" },
    { 0 },
};

const struct option_row cert_ca_options[] = {
    { "ca", OPTION_TEXT, "ID", "the CA that issued it" },
    { 0 },
};

const struct option_row cert_list_options[] = {
    { "ca", OPTION_TEXT, "ID", "the CA that issued them" },
    { "status", OPTION_TEXT, "STATUS", "active, revoked or expired; default: all" },
    { "limit", OPTION_TEXT, "N", "rows at most; default: 100" },
    { 0 },
};

const struct option_row cert_revoke_options[] = {
    { "ca", OPTION_TEXT, "ID", "the CA that issued it" },
    { "serial", OPTION_TEXT, "SERIAL", "instead of the id" },
    { "reason", OPTION_TEXT, "REASON", "keyCompromise, superseded …; default: unspecified" },
    { 0 },
};

static const char *ca_path(struct command_line *line, struct arena *arena, const char *rest)
{
    return arena_format(arena, CA_PATH "/%s/%s", remote_escape(arena, line_option(line, "ca")),
                        rest);
}

static int need_ca(struct command_line *line)
{
    return line_option(line, "ca") ? EXIT_DONE : line_misused(line, "--ca is needed");
}

int cert_list_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    int64_t limit = 100;
    if (need_ca(line) != EXIT_DONE || !line_int(line, "limit", 1, 10000000, &limit))
        return EXIT_MISUSED;
    const char *status = line_option(line, "status");
    const char *path = ca_path(line, arena, LEAVES);
    path = arena_format(arena, "%s?$top=%lld", path, (long long)(limit < 1000 ? limit : 1000));
    if (status)
        path = arena_format(arena, "%s&$filter=certificateStatus%%20eq%%20'%s'", path,
                            remote_escape(arena, status));
    return remote_list(line, path, limit, list_columns);
}

int cert_show_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (need_ca(line) != EXIT_DONE)
        return EXIT_MISUSED;
    const char *rest =
        arena_format(arena, LEAVES "/%s", remote_escape(arena, line_argument(line, 0)));
    return remote_run(line, "GET", ca_path(line, arena, rest), NULL, show_columns);
}

static json_t *serial_body(const char *serial)
{
    return json_pack("{s:s}", "certificateSerialNumber", serial);
}

int cert_find_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (need_ca(line) != EXIT_DONE)
        return EXIT_MISUSED;
    json_t *body = serial_body(line_argument(line, 0));
    int status = remote_run(
        line, "POST",
        ca_path(line, arena, "searchCloudCertificationAuthorityLeafCertificateBySerialNumber"),
        body, show_columns);
    json_decref(body);
    return status;
}

/* A reason needs the certificate's id; a serial number is looked up for it. */
static bool find_id(struct command_line *line, struct arena *arena, const char **id,
                    struct error *err)
{
    *id = line_argument(line, 0);
    if (*id)
        return true;
    struct access access;
    json_t *leaf = NULL;
    json_t *body = serial_body(line_option(line, "serial"));
    bool ok = line_access(line, arena, &access, err) &&
              remote_call(&access, "POST",
                          ca_path(line, arena,
                                  "searchCloudCertificationAuthorityLeafCertificateBySerialNumber"),
                          body, &leaf, err);
    json_decref(body);
    *id = arena_text(arena, json_string_value(json_object_get(leaf, "id")));
    json_decref(leaf);
    return ok && (*id || fail(err, ERR_NOT_FOUND, "no certificate has this serial number"));
}

int cert_revoke_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    const char *id = NULL;
    if (need_ca(line) != EXIT_DONE)
        return EXIT_MISUSED;
    if (!line_argument(line, 0) == !line_option(line, "serial"))
        return line_misused(line, "either the certificate's id or --serial is needed");
    if (!find_id(line, arena, &id, &err))
        return line_failed(line, &err);
    const char *reason = line_option(line, "reason");
    json_t *body = json_pack("{s:s}", "reason", reason ? reason : "unspecified");
    const char *rest = arena_format(arena, LEAVES "/%s/cloudpki.revoke", remote_escape(arena, id));
    int status = remote_run(line, "POST", ca_path(line, arena, rest), body, show_columns);
    json_decref(body);
    return status;
}
