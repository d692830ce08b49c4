#include "auth/jose.h"
#include "auth/jwk.h"
#include "auth/token.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "oidc/oidc_inside.h"

enum { METADATA_OCTETS_MAX = 16384 };

/* Members of OpenID Connect Discovery 1.0 §3; the paths stand behind the API's URL and the
 * tenant. */
static const struct {
    const char *name;
    const char *path;
} addresses[] = {
    { "issuer", "/v2.0" },
    { "authorization_endpoint", "/oauth2/v2.0/authorize" },
    { "token_endpoint", "/oauth2/v2.0/token" },
    { "jwks_uri", "/discovery/v2.0/keys" },
};

static const struct {
    const char *name;
    const char *values[4];
} lists[] = {
    { "response_types_supported", { "token" } },
    { "subject_types_supported", { "public" } },
    { "id_token_signing_alg_values_supported", { "ES256" } },
    { "grant_types_supported", { "client_credentials" } },
    { "token_endpoint_auth_methods_supported",
      { "client_secret_post", "client_secret_basic", "private_key_jwt" } },
    { "scopes_supported", { ".default" } },
};

static void write_list(struct json_writer *writer, const char *name, const char *const *values,
                       size_t count)
{
    json_key(writer, name);
    json_open_array(writer);
    for (size_t i = 0; i < count && values[i]; i++)
        json_text(writer, values[i]);
    json_close_array(writer);
}

static void write_algorithms(struct json_writer *writer)
{
    const char *names[JOSE_COUNT];
    size_t count = 0;
    for (enum jose_algorithm algorithm = JOSE_NONE + 1; algorithm < JOSE_COUNT; algorithm++)
        names[count++] = jose_text(algorithm);
    write_list(writer, "token_endpoint_auth_signing_alg_values_supported", names, count);
}

static void write_addresses(const struct oidc *oidc, const char *tenant, struct json_writer *writer)
{
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        SCOPED(buf_free) struct buf *url = buf_new(METADATA_OCTETS_MAX);
        buf_add_text(url, oidc->options.api_url);
        buf_add_octet(url, '/');
        buf_add_text(url, tenant);
        buf_add_text(url, addresses[i].path);
        json_member(writer, addresses[i].name, buf_text(url));
    }
}

static void reply_json(struct http_job *job, const char *max_age, struct buf *body)
{
    http_job_add_header(job, "Cache-Control", max_age);
    http_reply(job, 200, "application/json", buf_bytes(body));
}

void oidc_metadata(void *context, struct http_job *job)
{
    const struct oidc *oidc = context;
    struct error err = { .code = ERR_NONE };
    const char *tenant = oidc_tenant(oidc, job, &err);
    if (!tenant) {
        http_reply_error(job, &err);
        return;
    }
    SCOPED(buf_free) struct buf *body = buf_new(METADATA_OCTETS_MAX);
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    write_addresses(oidc, tenant, &writer);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        write_list(&writer, lists[i].name, lists[i].values, ARRAY_LEN(lists[i].values));
    write_algorithms(&writer);
    json_close_object(&writer);
    reply_json(job, "public, max-age=3600", body);
}

void oidc_keys(void *context, struct http_job *job)
{
    const struct oidc *oidc = context;
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *body = buf_new(JWK_SET_OCTETS_MAX);
    if (!oidc_tenant(oidc, job, &err) ||
        !token_keys_publish(oidc->options.auth, times_now(), body, &err)) {
        http_reply_error(job, &err);
        return;
    }
    reply_json(job, "public, max-age=300", body);
}

/* Clients read this address from the metadata and some insist on one; nobody signs in here. */
void oidc_authorize(void *context, struct http_job *job)
{
    (void)context;
    struct error err = { .code = ERR_NONE };
    (void)fail(&err, ERR_FORBIDDEN, "people do not sign in here: use client credentials");
    http_reply_error(job, &err);
}
