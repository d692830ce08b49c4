#include "cli/commands.h"

#include "base/arena.h"
#include "base/json.h"
#include "cli/remote.h"

const struct option_row challenge_options[] = {
    // clang-format off
    { "ca",       OPTION_TEXT, "ID",    "the CA to enrol with" },
    { "subject",  OPTION_TEXT, "DN",    "the subject it may have, such as 'CN=laptop-7,O=Acme'" },
    { "san",      OPTION_LIST, "TYPE:VALUE", "dns, email, uri, ip or upn" },
    { "eku",      OPTION_LIST, "OID",   "extended key usage; default: client authentication" },
    { "any-name", OPTION_FLAG, NULL,    "subject and SANs as the device asks" },
    { "device",   OPTION_TEXT, "ID",    "the managed device" },
    { "user",     OPTION_TEXT, "UPN",   "the user" },
    { "days",     OPTION_TEXT, "N",     "validity of the certificate" },
    { "uses",     OPTION_TEXT, "N",     "default: 1" },
    { "expires",  OPTION_TEXT, "TIME",  "such as 15m, 1h or 7d; default: 1h" },
    { "approval", OPTION_FLAG, NULL,    "somebody must approve each request" },
    { "static",   OPTION_FLAG, NULL,    "the CA's one static challenge: replaces the former" },
    { 0 },
    // clang-format on
};

static const struct column columns[] = {
    { "challenge", "challenge" },
    { "url", "scepServerUrl" },
    { "expires", "expirationDateTime" },
    { "uses", "uses" },
    { 0 },
};

static void set_list(struct command_line *line, json_t *body, const char *option,
                     const char *member)
{
    const char *const *values;
    size_t count = line_list(line, option, &values);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(values[i]));
    if (count > 0)
        json_object_set(body, member, list);
    json_decref(list);
}

static const struct {
    const char *option;
    const char *member;
} text_members[] = {
    { "subject", "subjectName" },
    { "device", "deviceId" },
    { "user", "userPrincipalName" },
};

static const struct {
    const char *option;
    const char *member;
} flag_members[] = {
    { "any-name", "allowAnyName" },
    { "approval", "requiresApproval" },
    { "static", "isStatic" },
};

static json_t *wanted(struct command_line *line, int64_t uses, int64_t lifetime, int64_t days)
{
    json_t *body = json_pack("{s:I, s:I}", "uses", (json_int_t)uses, "lifetimeInSeconds",
                             (json_int_t)lifetime);
    for (size_t i = 0; i < ARRAY_LEN(text_members); i++)
        if (line_option(line, text_members[i].option))
            json_object_set_new(body, text_members[i].member,
                                json_string(line_option(line, text_members[i].option)));
    for (size_t i = 0; i < ARRAY_LEN(flag_members); i++)
        if (line_flag(line, flag_members[i].option))
            json_object_set_new(body, flag_members[i].member, json_true());
    if (days > 0)
        json_object_set_new(body, "validityInDays", json_integer(days));
    set_list(line, body, "san", "subjectAlternativeNames");
    set_list(line, body, "eku", "extendedKeyUsages");
    return body;
}

int challenge_command(struct command_line *line)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    int64_t uses = 1, lifetime = 3600, days = 0;
    if (!line_option(line, "ca"))
        return line_misused(line, "--ca is needed");
    if (!line_int(line, "uses", 1, 1000000, &uses) || !line_int(line, "days", 1, 3650, &days) ||
        !line_duration(line, "expires", &lifetime))
        return EXIT_MISUSED;
    json_t *body = wanted(line, uses, lifetime, days);
    const char *path = arena_format(arena, CA_PATH "/%s/cloudpki.createScepChallenge",
                                    remote_escape(arena, line_option(line, "ca")));
    int status = remote_run(line, "POST", path, body, columns);
    json_decref(body);
    return status;
}
