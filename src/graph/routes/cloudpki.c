#include "graph/routes/cloudpki.h"

#include "auth/challenge.h"
#include "base/arena.h"
#include "base/error.h"
#include "ca/issue/issue.h"
#include "ca/lifecycle/lifecycle.h"
#include "graph/exchange.h"
#include "graph/list.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "graph/routes/reason.h"
#include "model/ca.h"
#include "model/enrolment.h"
#include "model/urls.h"
#include "x509/csr.h"
#include "x509/name.h"

enum {
    USES_MAX = 1000000,
    DAYS_MAX = 3660,
    LIFETIME_DEFAULT_S = 3600,
    URL_OCTETS_MAX = 2048,
    NAME_TEXT_OCTETS_MAX = 32768
};

/* ---- challenges ---- */

/* Read into what auth/ takes; it judges names, OIDs and bounds. */
static const struct property challenge_wish_properties[] = {
    // clang-format off
    { "subjectName",             NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, subject),             NULL, 0, 1024 },
    { "subjectAlternativeNames", NULL, PROPERTY_STRINGS, NULLABLE, AT(challenge_wish, sans),                NULL, 0, 0 },
    { "extendedKeyUsages",       NULL, PROPERTY_STRINGS, NULLABLE, AT(challenge_wish, ekus),                NULL, 0, 256 },
    { "allowAnyName",            NULL, PROPERTY_BOOL,    0,        AT(challenge_wish, allow_any_name),      NULL, 0, 0 },
    { "sid",                     NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, sid),                 NULL, 1, 256 },
    { "deviceName",              NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, device_name),         NULL, 0, 256 },
    { "deviceId",                NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, device_id),           NULL, 0, 256 },
    { "devicePlatform",          NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, device_platform),     NULL, 0, 256 },
    { "userPrincipalName",       NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, user_principal_name), NULL, 0, 256 },
    { "userId",                  NULL, PROPERTY_STRING,  NULLABLE, AT(challenge_wish, user_id),             NULL, 0, 256 },
    { "validityInDays",    NULL, PROPERTY_INT,     0,        AT(challenge_wish, validity_days),       NULL, 0, DAYS_MAX },
    { "requiresApproval",        NULL, PROPERTY_BOOL,    0,        AT(challenge_wish, requires_approval),   NULL, 0, 0 },
    { "isStatic",                NULL, PROPERTY_BOOL,    0,        AT(challenge_wish, is_static),           NULL, 0, 0 },
    { "uses",                    NULL, PROPERTY_INT,     0,        AT(challenge_wish, uses),                NULL, 1, USES_MAX },
    { "lifetimeInSeconds",       NULL, PROPERTY_INT,     0,        AT(challenge_wish, lifetime_s),          NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity challenge_wish_entity = { .name = "createScepChallenge",
                                              .properties = challenge_wish_properties,
                                              .size = sizeof(struct challenge_wish) };

struct made_challenge {
    const char *id;
    const char *secret;
    const char *url;
    time_t expires_at;
    int64_t uses;
    bool requires_approval;
    bool is_static;
};

static const struct property made_challenge_properties[] = {
    // clang-format off
    { "id",                 NULL, PROPERTY_STRING, KEY | READ_ONLY,      AT(made_challenge, id),                NULL, 0, 0 },
    { "challenge",          NULL, PROPERTY_STRING, READ_ONLY | SECRET,   AT(made_challenge, secret),            NULL, 0, 0 },
    { "scepServerUrl",      NULL, PROPERTY_STRING, READ_ONLY,            AT(made_challenge, url),               NULL, 0, 0 },
    { "expirationDateTime", NULL, PROPERTY_TIME,   READ_ONLY | NULLABLE, AT(made_challenge, expires_at),        NULL, 0, 0 },
    { "uses",               NULL, PROPERTY_INT,    READ_ONLY,            AT(made_challenge, uses),              NULL, 0, 0 },
    { "requiresApproval",   NULL, PROPERTY_BOOL,   READ_ONLY,            AT(made_challenge, requires_approval), NULL, 0, 0 },
    { "isStatic",           NULL, PROPERTY_BOOL,   READ_ONLY,            AT(made_challenge, is_static),         NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity made_challenge_entity = { .name = "scepChallengeSecret",
                                              .space = "cloudpki",
                                              .properties = made_challenge_properties,
                                              .size = sizeof(struct made_challenge) };

static bool answer_challenge(struct request *request, const struct challenge *challenge,
                             const char *secret, struct result *result)
{
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    struct made_challenge *made = arena_take(request->arena, sizeof *made);
    urls_scep(&request->graph->urls, challenge->ca_id, url);
    *made = (struct made_challenge){
        .id = challenge->id,
        .secret = arena_text(request->arena, secret),
        .url = arena_text(request->arena, buf_text(url)),
        .expires_at = challenge->is_static ? 0 : challenge->expires_at,
        .uses = challenge->uses_max,
        .requires_approval = challenge->requires_approval,
        .is_static = challenge->is_static,
    };
    result->items = (struct items){ made, 1 };
    return true;
}

bool challenge_make(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct challenge challenge;
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = { .uses = 1, .lifetime_s = LIFETIME_DEFAULT_S };
    if (!request_read_body(request, &wish, err) || !ca_find_to_change(request, &ca, err))
        return false;
    if (ca.status == CA_REVOKED || ca.status == CA_EXPIRED)
        return fail(err, ERR_CONFLICT, "a CA that is revoked or expired enrols no devices");
    wish.tenant_id = request->caller.tenant_id;
    wish.ca_id = ca.id;
    wish.created_by = request->caller.subject;
    wish.request_id = request->exchange->id;
    bool is_made = challenge_create(request->graph->auth, &wish, request->now, request->arena,
                                    &challenge, secret, err) &&
                   answer_challenge(request, &challenge, secret, result);
    bytes_wipe(secret, sizeof secret);
    return is_made;
}

bool challenge_end(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct ca ca;
    return ca_find_to_change(request, &ca, err) &&
           challenge_end_static(request->graph->auth, request->caller.tenant_id, ca.id,
                                request->caller.subject, request->exchange->id, request->now, err);
}

/* ---- requests that wait for approval ---- */

struct pending_request {
    const char *id;
    const char *subject_name;
    const char *challenge_id;
    time_t created_at;
    time_t expires_at;
};

static const struct property pending_request_properties[] = {
    // clang-format off
    { "id",                 NULL, PROPERTY_STRING, KEY | READ_ONLY,      AT(pending_request, id),           NULL, 0, 0 },
    { "subjectName",        NULL, PROPERTY_STRING, READ_ONLY | NULLABLE, AT(pending_request, subject_name), NULL, 0, 0 },
    { "challengeId",        NULL, PROPERTY_STRING, READ_ONLY,            AT(pending_request, challenge_id), NULL, 0, 0 },
    { "createdDateTime",    NULL, PROPERTY_TIME,   READ_ONLY,            AT(pending_request, created_at),   NULL, 0, 0 },
    { "expirationDateTime", NULL, PROPERTY_TIME,   READ_ONLY,            AT(pending_request, expires_at),   NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity pending_request_entity = { .name = "scepPendingRequest",
                                               .space = "cloudpki",
                                               .properties = pending_request_properties,
                                               .size = sizeof(struct pending_request) };

struct request_choice {
    const char *id;
};

static const struct property request_choice_properties[] = {
    // clang-format off
    { "enrolmentId", NULL, PROPERTY_STRING, REQUIRED, AT(request_choice, id), NULL, 1, 64 },
    { 0 },
    // clang-format on
};

const struct entity request_choice_entity = { .name = "enrolmentId",
                                              .properties = request_choice_properties,
                                              .size = sizeof(struct request_choice) };

/* What the device asks for: it was parsed before it was stored. NULL when it cannot be shown. */
static const char *subject_of(const struct enrolment *enrolment, struct arena *arena)
{
    struct csr csr;
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *text = buf_new(NAME_TEXT_OCTETS_MAX);
    if (!csr_parse(enrolment->csr, arena, &csr, &inner) || !name_text(csr.subject, text))
        return NULL;
    return arena_text(arena, buf_text(text));
}

/* Past its end nobody can approve it; the purge takes it away later. */
static void show_pending(struct request *request, struct result *result)
{
    const struct enrolment *enrolments = result->items.first;
    struct pending_request *shown =
        arena_take(request->arena, (result->items.count + 1) * sizeof *shown);
    size_t count = 0;
    for (size_t i = 0; i < result->items.count; i++) {
        if (enrolments[i].expires_at < request->now)
            continue;
        shown[count++] = (struct pending_request){
            .id = enrolments[i].id,
            .subject_name = subject_of(&enrolments[i], request->arena),
            .challenge_id = enrolments[i].challenge_id,
            .created_at = enrolments[i].created_at,
            .expires_at = enrolments[i].expires_at,
        };
    }
    result->items = (struct items){ shown, count };
}

static struct query pending_of(const char *ca_id)
{
    struct query query = { .entity = &enrolment_entity };
    query_fix(&query, "ca_id", V_TEXT(ca_id));
    query_fix(&query, "status", V_INT(ENROLMENT_PENDING));
    return query;
}

/* The request must be this CA's and wait; its id alone is not enough. */
static bool find_pending(struct request *request, struct enrolment *out, struct error *err)
{
    struct ca ca;
    struct request_choice choice = { 0 };
    if (!request_read_body(request, &choice, err) || !ca_find(request, &ca, err))
        return false;
    struct query query = pending_of(ca.id);
    query_fix(&query, "id", V_TEXT(choice.id));
    bool is_found = list_find(request, &query, out, err);
    request_end_session(request);
    return is_found;
}

bool pending_list(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    if (!ca_find(request, &ca, err))
        return false;
    struct query query = pending_of(ca.id);
    if (!list_read(request, &query, result, err))
        return false;
    show_pending(request, result);
    return true;
}

bool pending_approve(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct enrolment enrolment;
    struct actor actor = request_actor(request);
    return find_pending(request, &enrolment, err) &&
           enrolment_approve(request->graph->authority, &actor, enrolment.id, request->now, err);
}

bool pending_reject(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct enrolment enrolment;
    struct actor actor = request_actor(request);
    return find_pending(request, &enrolment, err) &&
           enrolment_reject(request->graph->authority, &actor, enrolment.id, request->now, err);
}

/* ---- SCEP settings of a CA ---- */

struct scep_settings {
    bool allow_sha1;
    bool allow_des;
};

static const struct property scep_settings_properties[] = {
    // clang-format off
    { "allowSha1",      NULL, PROPERTY_BOOL, 0, AT(scep_settings, allow_sha1), NULL, 0, 0 },
    { "allowSingleDes", NULL, PROPERTY_BOOL, 0, AT(scep_settings, allow_des),  NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity scep_settings_entity = { .name = "scepConfiguration",
                                             .space = "cloudpki",
                                             .properties = scep_settings_properties,
                                             .size = sizeof(struct scep_settings) };

static bool answer_settings(struct request *request, const struct ca *ca, struct result *result)
{
    struct scep_settings *settings = arena_take(request->arena, sizeof *settings);
    *settings = (struct scep_settings){ ca->allow_sha1, ca->allow_des };
    result->items = (struct items){ settings, 1 };
    return true;
}

bool scep_settings_get(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    return ca_find(request, &ca, err) && answer_settings(request, &ca, result);
}

/* What the body leaves out stays as it is stored now. */
static bool read_settings(struct request *request, struct ca *ca, struct scep_settings *out,
                          struct error *err)
{
    if (!ca_find_to_change(request, ca, err))
        return false;
    *out = (struct scep_settings){ ca->allow_sha1, ca->allow_des };
    return request_read_body(request, out, err);
}

/* Like ca_patch: without If-Match a loser in a race tries again. */
bool scep_settings_change(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct scep_settings settings;
    struct actor actor = request_actor(request);
    for (int attempt = 1; read_settings(request, &ca, &settings, err); attempt++) {
        if (ca_configure_scep(request->graph->authority, &actor, ca.id, ca.revision,
                              settings.allow_sha1, settings.allow_des, request->now, request->arena,
                              &ca, err))
            return answer_settings(request, &ca, result);
        if (err->code != ERR_PRECONDITION || request_has_match(request) ||
            attempt == CHANGE_ATTEMPTS)
            return false;
        error_clear(err);
    }
    return false;
}

/* ---- revoking a CA with a reason ---- */

struct ca_revocation {
    const char *reason;
    int64_t version;
};

static const struct property ca_revocation_properties[] = {
    // clang-format off
    { "reason",                        NULL, PROPERTY_STRING, NULLABLE, AT(ca_revocation, reason),  NULL, 1, 64 },
    { "certificationAuthorityVersion", NULL, PROPERTY_INT,    0,        AT(ca_revocation, version), NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity ca_revocation_entity = { .name = "revoke",
                                             .properties = ca_revocation_properties,
                                             .size = sizeof(struct ca_revocation) };

bool ca_revoke_with_reason(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct ca_revocation revocation = { 0 };
    enum reason reason;
    struct actor actor = request_actor(request);
    return request_read_body(request, &revocation, err) &&
           reason_read(revocation.reason, &reason, err) && ca_find_to_change(request, &ca, err) &&
           ca_revoke(request->graph->authority, &actor, ca.id,
                     request_revision(request, ca.revision), revocation.version, reason,
                     request->now, request->arena, &ca, err) &&
           ca_answer_revoked(request, &ca, result);
}
