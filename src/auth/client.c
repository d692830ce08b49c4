#include "auth/client.h"

#include "auth/auth_internal.h"
#include "auth/claims.h"
#include "auth/failures.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "keys/keys.h"
#include "model/application.h"
#include "store/callers.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/certificate.h"

#include <string.h>

enum { ASSERTION_LIFETIME_MAX_S = DAY, SECRET_OCTETS_MAX = 256, CONTEXT_OCTETS_MAX = 128 };

struct clients {
    struct failures *failures;
};

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)

struct clients *clients_new(void)
{
    struct clients *clients = memory_new(sizeof *clients);
    clients->failures = failures_new();
    return clients;
}

void clients_free(struct clients *clients)
{
    if (!clients)
        return;
    failures_free(clients->failures);
    memory_free(clients);
}

static bool refuse(struct error *err, const char *why)
{
    return fail(err, ERR_UNAUTHENTICATED, "client: %s", why);
}

/* ---- by a secret ---- */

static bool check_secret(struct auth *auth, struct session *session,
                         const struct client_proof *proof, const struct application *application,
                         time_t now, struct error *err)
{
    uint8_t mac[32];
    bool fits = false;
    if (strlen(proof->secret) > SECRET_OCTETS_MAX)
        return refuse(err, "unknown, or the secret is wrong");
    client_secret_mac(auth, application->id, proof->secret, mac);
    if (!application_secrets_fit(session, proof->tenant_id, application->id, BYTES_OF(mac), now,
                                 &fits, err))
        return false;
    return fits || refuse(err, "unknown, or the secret is wrong");
}

/* ---- by an assertion, RFC 7523 §3 ---- */

static bool verify_with(const struct jwt *jwt, const struct key_credential *credential, time_t now,
                        struct arena *arena)
{
    struct certificate certificate;
    struct error ignored = { 0 };
    if (credential->begins_at > now || credential->ends_at <= now ||
        !certificate_parse(credential->key, arena, &certificate, &ignored))
        return false;
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = spki_to_pkey(&certificate.spki, &ignored);
    return key && jwt_verify(jwt, key, jose_algorithms_of(key), &ignored);
}

/* Clients name a key by kid, x5t, x5t#S256 or not at all; an application has ten at most, so all
 * are tried. */
static bool verify_signature(const struct jwt *jwt, const struct application *application,
                             time_t now, struct arena *arena, struct error *err)
{
    const struct key_credential *credentials = application->key_credentials.items;
    for (size_t i = 0; i < application->key_credentials.count; i++)
        if (verify_with(jwt, &credentials[i], now, arena))
            return true;
    return refuse(err, "the assertion is not signed with a key of the application");
}

static bool is_for_us(const json_t *claims, const struct client_proof *proof)
{
    for (const char *const *audience = proof->audiences; *audience; audience++)
        if (claims_name_audience(claims, *audience))
            return true;
    return false;
}

static bool check_claims(const json_t *claims, const struct client_proof *proof, time_t now,
                         struct client_use *use, struct error *err)
{
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    const char *subject = json_string_value(json_object_get(claims, "sub"));
    const char *id = json_string_value(json_object_get(claims, "jti"));
    if (!text_equal(issuer, subject) || !text_equal_caseless(subject, proof->client_id))
        return refuse(err, "iss and sub of the assertion must be its appId");
    if (!is_for_us(claims, proof))
        return refuse(err, "aud of the assertion is not this token endpoint");
    if (!claims_check_times(claims, now, &use->ends_at, err))
        return error_context(err, "client");
    if (use->ends_at > now + ASSERTION_LIFETIME_MAX_S)
        return refuse(err, "the assertion lasts longer than a day");
    if (!id || !*id || strlen(id) > CLAIMS_TEXT_OCTETS_MAX)
        return refuse(err, "the assertion needs a jti");
    return true;
}

/* RFC 7523 §3 (7): one jti of one application counts once. The row outlives the leeway. */
static void fill_use(const json_t *claims, const struct client_proof *proof,
                     const struct application *application, struct arena *arena,
                     struct client_use *use)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    const char *text = arena_format(arena, "%s\n%s", application->id,
                                    json_string_value(json_object_get(claims, "jti")));
    digest_of(DIGEST_SHA256, bytes_of_text(text), digest);
    memcpy(use->hash, digest, sizeof use->hash);
    use->tenant_id = proof->tenant_id;
    use->ends_at += CLAIMS_LEEWAY_S + MINUTE;
}

static bool check_assertion(const struct client_proof *proof, const struct application *application,
                            time_t now, struct arena *arena, struct client_use *use,
                            struct error *err)
{
    struct jwt jwt;
    bool is_good = jwt_parse(proof->assertion, &jwt, err) &&
                   verify_signature(&jwt, application, now, arena, err) &&
                   check_claims(jwt.claims, proof, now, use, err);
    if (is_good)
        fill_use(jwt.claims, proof, application, arena, use);
    jwt_clear(&jwt);
    return is_good;
}

static bool find_application(struct session *session, const struct client_proof *proof,
                             struct arena *arena, struct application *out, struct error *err)
{
    struct error missing = { 0 };
    if (!applications_find(session, proof->tenant_id, proof->client_id, arena, out, &missing))
        return missing.code == ERR_NOT_FOUND ? refuse(err, "unknown, or the secret is wrong")
                                             : fail(err, missing.code, "%s", missing.message);
    return !out->is_disabled || refuse(err, "the application is disabled");
}

static bool check(struct auth *auth, const struct client_proof *proof, time_t now,
                  struct arena *arena, struct application *out, struct client_use *use,
                  struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    if (!session || !find_application(session, proof, arena, out, err))
        return false;
    return proof->assertion ? check_assertion(proof, out, now, arena, use, err)
                            : check_secret(auth, session, proof, out, now, err);
}

static bool write_use(struct session *session, void *context, struct error *err)
{
    const struct client_use *use = context;
    return client_assertions_use(session, use->tenant_id, BYTES_OF(use->hash), use->ends_at, err);
}

bool client_check(struct auth *auth, const struct client_proof *proof, time_t now,
                  struct arena *arena, struct application *out, struct client_use *use,
                  struct error *err)
{
    struct failures *failures = auth->clients->failures;
    *use = (struct client_use){ .ends_at = 0 };
    if (!text_is_uuid(proof->client_id) || !proof->secret == !proof->assertion)
        return refuse(err, "an appId and either a secret or an assertion are needed");
    if (!failures_may_try(failures, proof->peer, proof->client_id, now))
        return fail(err, ERR_THROTTLED, "too many failures from %s", proof->peer);
    if (check(auth, proof, now, arena, out, use, err))
        return true;
    if (err->code == ERR_UNAUTHENTICATED)
        failures_add(failures, proof->peer, proof->client_id, now);
    return false;
}

bool client_remember(struct auth *auth, const struct client_use *use, struct error *err)
{
    struct client_use copy = *use;
    return use->ends_at == 0 || store_write(auth->store, write_use, &copy, err);
}

void client_secret_mac(struct auth *auth, const char *application_id, const char *secret,
                       uint8_t out[32])
{
    SCOPED(buf_free) struct buf *context = buf_new(CONTEXT_OCTETS_MAX);
    buf_add_format(context, "application/%s", application_id);
    keys_mac(auth->keys, buf_text(context), bytes_of_text(secret), out);
}
