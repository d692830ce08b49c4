#include "cli/commands.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/remote.h"

#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 100000, PEM_OCTETS_MAX = 1024 * 1024 };

static const struct column list_columns[] = {
    { "ID", "id" },
    { "NAME", "displayName" },
    { "STATUS", "certificationAuthorityStatus" },
    { "TYPE", "cloudCertificationAuthorityType" },
    { "KEY", "certificateKeySize" },
    { "UNTIL", "validityEndDateTime" },
    { 0 },
};

static const struct column show_columns[] = {
    { "id", "id" },
    { "name", "displayName" },
    { "subject", "subjectName" },
    { "type", "cloudCertificationAuthorityType" },
    { "status", "certificationAuthorityStatus" },
    { "version", "versionNumber" },
    { "key", "certificateKeySize" },
    { "hash", "cloudCertificationAuthorityHashingAlgorithm" },
    { "from", "validityStartDateTime" },
    { "until", "validityEndDateTime" },
    { "serial", "serialNumber" },
    { "thumbprint", "thumbprint" },
    { "issuer", "certificationAuthorityIssuerId" },
    { "scep", "scepServerUrl" },
    { "crl", "certificateRevocationListUrl" },
    { "ocsp", "ocspResponderUri" },
    { "certificate", "certificateDownloadUrl" },
    { "csr", "certificateSigningRequest" },
    { 0 },
};

const struct option_row ca_create_options[] = {
    // clang-format off
    { "type",     OPTION_TEXT, "TYPE",  "root, issuing or external; default: root" },
    { "name",     OPTION_TEXT, "NAME",  "common name, and display name unless that is given" },
    { "display",  OPTION_TEXT, "NAME",  "display name" },
    { "issuer",   OPTION_TEXT, "ID",    "the root, for --type issuing" },
    { "key",      OPTION_TEXT, "TYPE",  "rsa2048 rsa3072 rsa4096 eCP256 eCP256k eCP384 eCP521; default: eCP256" },
    { "hash",     OPTION_TEXT, "HASH",  "sha256, sha384 or sha512; default: sha256" },
    { "years",    OPTION_TEXT, "N",     "validity; default: 10 for a root, 5 for an issuing CA" },
    { "eku",      OPTION_LIST, "OID",   "extended key usage; default: client and server authentication" },
    { "o",        OPTION_TEXT, "NAME",  "organization" },
    { "ou",       OPTION_TEXT, "NAME",  "organizational unit" },
    { "c",        OPTION_TEXT, "CC",    "country, two letters" },
    { "st",       OPTION_TEXT, "NAME",  "state or province" },
    { "l",        OPTION_TEXT, "NAME",  "locality" },
    { "description", OPTION_TEXT, "TEXT", "for people" },
    { 0 },
    // clang-format on
};

const struct option_row ca_upload_options[] = {
    { "certificate", OPTION_TEXT, "FILE", "the signed certificate, PEM or DER" },
    { "chain", OPTION_LIST, "FILE", "issuers up to and including the root, PEM or DER" },
    { 0 },
};

const struct option_row ca_version_options[] = {
    { "version", OPTION_TEXT, "N", "version of the CA; default: the active one" },
    { 0 },
};

const struct option_row ca_activate_options[] = {
    { "version", OPTION_TEXT, "N", "version of the CA; default: the staged one" },
    { 0 },
};

static const struct {
    const char *word;
    const char *value;
    int64_t years;
} ca_types[] = {
    { "root", "rootCertificationAuthority", 10 },
    { "issuing", "issuingCertificationAuthority", 5 },
    { "external", "issuingCertificationAuthorityWithExternalRoot", 0 },
};

static const struct {
    const char *option;
    const char *member;
} text_members[] = {
    { "issuer", "certificationAuthorityIssuerId" },
    { "o", "organizationName" },
    { "ou", "organizationUnit" },
    { "c", "countryName" },
    { "st", "stateName" },
    { "l", "localityName" },
    { "description", "description" },
};

static const char *path_of(struct command_line *line, struct arena *arena, const char *rest)
{
    return arena_format(arena, CA_PATH "/%s%s", remote_escape(arena, line_argument(line, 0)), rest);
}

static json_t *ekus_of(struct command_line *line)
{
    static const char *const usual[] = { "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1" };
    const char *const *given;
    size_t count = line_list(line, "eku", &given);
    if (count == 0) {
        given = usual;
        count = ARRAY_LEN(usual);
    }
    json_t *ekus = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            ekus, json_pack("{s:s, s:s}", "name", given[i], "objectIdentifier", given[i]));
    return ekus;
}

static json_t *wanted_ca(struct command_line *line, size_t type, int64_t years)
{
    const char *name = line_option(line, "name");
    const char *display = line_option(line, "display");
    const char *key = line_option(line, "key");
    const char *hash = line_option(line, "hash");
    json_t *ca = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "@odata.type",
        "#microsoft.graph.cloudCertificationAuthority", "displayName", display ? display : name,
        "commonName", name, "cloudCertificationAuthorityType", ca_types[type].value,
        "certificateKeySize", key ? key : "eCP256", "cloudCertificationAuthorityHashingAlgorithm",
        hash ? hash : "sha256", "extendedKeyUsages", ekus_of(line));
    if (years > 0)
        json_object_set_new(ca, "validityPeriodInYears", json_integer(years));
    for (size_t i = 0; i < ARRAY_LEN(text_members); i++)
        if (line_option(line, text_members[i].option))
            json_object_set_new(ca, text_members[i].member,
                                json_string(line_option(line, text_members[i].option)));
    return ca;
}

int ca_list_command(struct command_line *line)
{
    return remote_list(line, CA_PATH, LIST_MAX, list_columns);
}

int ca_create_command(struct command_line *line)
{
    const char *word = line_option(line, "type");
    size_t type = 0;
    while (word && type < ARRAY_LEN(ca_types) && strcmp(ca_types[type].word, word) != 0)
        type++;
    if (type == ARRAY_LEN(ca_types))
        return line_misused(line, "--type must be root, issuing or external");
    if (!line_option(line, "name"))
        return line_misused(line, "--name is needed");
    int64_t years = ca_types[type].years;
    if (!line_int(line, "years", 1, 50, &years))
        return EXIT_MISUSED;
    json_t *ca = wanted_ca(line, type, years);
    int status = remote_run(line, "POST", CA_PATH, ca, show_columns);
    json_decref(ca);
    return status;
}

int ca_show_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return remote_run(line, "GET", path_of(line, arena, ""), NULL, show_columns);
}

/* Actions name a version; without --version it is the active one, which must be looked up. */
static bool find_version(struct command_line *line, struct arena *arena, int64_t *version,
                         struct error *err)
{
    struct access access;
    json_t *ca = NULL;
    if (*version > 0)
        return true;
    if (!line_access(line, arena, &access, err) ||
        !remote_call(&access, "GET", path_of(line, arena, ""), NULL, &ca, err))
        return false;
    *version = json_integer_value(json_object_get(ca, "versionNumber"));
    json_decref(ca);
    return true;
}

static int run_action(struct command_line *line, const char *action, const char *status)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    int64_t version = 0;
    if (!line_int(line, "version", 1, INT32_MAX, &version))
        return EXIT_MISUSED;
    if (!find_version(line, arena, &version, &err))
        return line_failed(line, &err);
    json_t *body = json_pack("{s:I}", "certificationAuthorityVersion", (json_int_t)version);
    if (status)
        json_object_set_new(body, "certificationAuthorityStatus", json_string(status));
    int result = remote_run(line, "POST", path_of(line, arena, action), body, show_columns);
    json_decref(body);
    return result;
}

int ca_pause_command(struct command_line *line)
{
    return run_action(line, "/changeCloudCertificationAuthorityStatus", "paused");
}

int ca_resume_command(struct command_line *line)
{
    return run_action(line, "/changeCloudCertificationAuthorityStatus", "active");
}

int ca_revoke_command(struct command_line *line)
{
    return run_action(line, "/revokeCloudCertificationAuthorityCertificate", NULL);
}

static const struct column version_columns[] = {
    { "VERSION", "versionNumber" },     { "STATUS", "certificationAuthorityVersionStatus" },
    { "UNTIL", "validityEndDateTime" }, { "ENDS UNLESS ACTIVATED", "decommissionDateTime" },
    { "SCEP", "scepServerUrl" },        { 0 },
};

/* The new version is what is worth seeing then. */
int ca_renew_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    int status = remote_run(line, "POST", path_of(line, arena, "/renew"), NULL, show_columns);
    if (status != EXIT_DONE)
        return status;
    return remote_list(line, path_of(line, arena, "/versions"), LIST_MAX, version_columns);
}

/* Without --version it is the one that is staged, which the server knows. */
int ca_activate_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    int64_t version = 0;
    if (!line_int(line, "version", 1, INT32_MAX, &version))
        return EXIT_MISUSED;
    json_t *body = json_pack("{s:I}", "certificationAuthorityVersion", (json_int_t)version);
    int status = remote_run(line, "POST", path_of(line, arena, "/activate"), body, show_columns);
    json_decref(body);
    return status;
}

/* PEM or DER as base64, which is what the API takes. */
static json_t *file_as_base64(const char *path, struct error *err)
{
    SCOPED(buf_free) struct buf *content = buf_new(PEM_OCTETS_MAX);
    SCOPED(buf_free) struct buf *text = buf_new(2 * PEM_OCTETS_MAX);
    if (!file_read(path, content, err))
        return NULL;
    base64_encode(buf_bytes(content), text);
    return json_string(buf_text(text));
}

static json_t *chain_of(struct command_line *line, struct error *err)
{
    const char *const *paths;
    size_t count = line_list(line, "chain", &paths);
    json_t *chain = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *certificate = file_as_base64(paths[i], err);
        if (!certificate)
            break;
        json_array_append_new(
            chain, json_pack("{s:s, s:o}", "displayName", paths[i], "certificate", certificate));
    }
    return chain;
}

int ca_upload_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    if (!line_option(line, "certificate"))
        return line_misused(line, "--certificate is needed");
    json_t *certificate = file_as_base64(line_option(line, "certificate"), &err);
    json_t *chain = chain_of(line, &err);
    int status = EXIT_FAILED;
    if (err.code == ERR_NONE) {
        json_t *body = json_pack("{s:O, s:O}", "signedCertificate", certificate,
                                 "trustChainCertificates", chain);
        status = remote_run(
            line, "POST",
            path_of(line, arena, "/uploadExternallySignedCertificationAuthorityCertificate"), body,
            show_columns);
        json_decref(body);
    } else {
        line_failed(line, &err);
    }
    json_decref(certificate);
    json_decref(chain);
    return status;
}

int ca_delete_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return remote_run(line, "DELETE", path_of(line, arena, ""), NULL, show_columns);
}

/* The chain is fetched where relying parties find it: issuer by issuer, over their URLs. */
static bool print_chain(const struct access *access, json_t *ca, struct arena *arena,
                        struct error *err)
{
    for (int depth = 0; depth < 10; depth++) {
        SCOPED(buf_free) struct buf *der = buf_new(PEM_OCTETS_MAX);
        SCOPED(buf_free) struct buf *pem = buf_new(2 * PEM_OCTETS_MAX);
        const char *url = json_string_value(json_object_get(ca, "certificateDownloadUrl"));
        const char *issuer =
            json_string_value(json_object_get(ca, "certificationAuthorityIssuerId"));
        if (!url)
            return fail(err, ERR_CONFLICT, "the CA has no certificate yet");
        if (!remote_get(access, url, der, err))
            return false;
        pem_encode("CERTIFICATE", buf_bytes(der), pem);
        fputs(buf_text(pem), stdout);
        if (!issuer || !*issuer)
            return true;
        const char *path = arena_format(arena, CA_PATH "/%s", issuer);
        json_t *parent = NULL;
        if (!remote_call(access, "GET", path, NULL, &parent, err))
            return false;
        json_object_clear(ca);
        json_object_update(ca, parent);
        json_decref(parent);
    }
    return true;
}

int ca_chain_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct access access;
    json_t *ca = NULL;
    bool ok = line_access(line, arena, &access, &err) &&
              remote_call(&access, "GET", path_of(line, arena, ""), NULL, &ca, &err) &&
              print_chain(&access, ca, arena, &err);
    json_decref(ca);
    return ok ? EXIT_DONE : line_failed(line, &err);
}
