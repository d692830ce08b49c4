#include "provider/subscriptions.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "keys/keys.h"
#include "model/audit.h"
#include "model/subscription.h"
#include "provider/provider_inside.h"
#include "store/record.h"
#include "x509/certificate.h"
#include "x509/pkcs12.h"

#define TYPE "cloudPkiSubscription"

enum { CREDENTIALS_OCTETS_MAX = 128 * 1024, CONTEXT_OCTETS_MAX = 128 };

static bool has_credentials(const struct subscription_credentials *credentials)
{
    return credentials->user_name || credentials->password || credentials->certificate.len > 0 ||
           credentials->certificate_password;
}

static bool check_certificate(const struct subscription_credentials *credentials, time_t now,
                              struct error *err)
{
    struct pkcs12 opened;
    struct certificate certificate;
    SCOPED(arena_free) struct arena *arena = arena_new();
    bool is_good =
        pkcs12_open(credentials->certificate, credentials->certificate_password, &opened, err) &&
        certificate_parse(buf_bytes(opened.certificate), arena, &certificate, err) &&
        (certificate.not_after > now || fail(err, ERR_INVALID, "the certificate has ended"));
    pkcs12_clear(&opened);
    if (!is_good)
        err->code = ERR_INVALID;
    return is_good || error_context(err, "credentials.authenticationCertificate");
}

/* Either a name with its password or a client certificate is what a provider lets in. */
static bool check_credentials(const struct subscription_credentials *credentials, time_t now,
                              struct error *err)
{
    if (!credentials->user_name != !credentials->password)
        return fail(err, ERR_INVALID, "credentials: adminUserName and adminPassword go together");
    if (credentials->certificate.len > 0)
        return check_certificate(credentials, now, err);
    if (credentials->certificate_password)
        return fail(err, ERR_INVALID, "credentials: a password without authenticationCertificate");
    return credentials->user_name ||
           fail(err, ERR_INVALID, "credentials: a user name or a certificate is needed");
}

/* The pin: a CA, and one that can end a chain. */
static bool check_root(struct bytes der, struct error *err)
{
    struct certificate root;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (der.len == 0)
        return true;
    if (!certificate_parse(der, arena, &root, err)) {
        err->code = ERR_INVALID;
        return error_context(err, "trustedRootCertificate");
    }
    return (root.is_ca && certificate_is_self_issued(&root)) ||
           fail(err, ERR_INVALID, "trustedRootCertificate: it is no root CA");
}

static void write_credentials(const struct subscription_credentials *credentials, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_member(&writer, "userName", credentials->user_name);
    json_member(&writer, "password", credentials->password);
    json_key(&writer, "certificate");
    json_base64(&writer, credentials->certificate);
    json_member(&writer, "certificatePassword", credentials->certificate_password);
    json_close_object(&writer);
}

static bool seal(struct provider *provider, struct subscription *subscription, struct arena *arena,
                 struct error *err)
{
    SCOPED(buf_free) struct buf *plain = buf_new(CREDENTIALS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *sealed = buf_new(CREDENTIALS_OCTETS_MAX + CONTEXT_OCTETS_MAX);
    const char *context = arena_format(arena, "subscriptions.credentials.%s.%s",
                                       subscription->tenant_id, subscription->id);
    write_credentials(&subscription->credentials, plain);
    bool is_sealed = buf_ok(plain)
                         ? keys_seal(provider->keys, context, buf_bytes(plain), sealed, err)
                         : fail(err, ERR_TOO_LARGE, "credentials: too long");
    if (is_sealed)
        subscription->credentials_sealed = arena_bytes(arena, buf_bytes(sealed));
    subscription->credentials = (struct subscription_credentials){ .password = NULL };
    return is_sealed;
}

static bool take_id(const struct subscription *wish, struct subscription *out, struct arena *arena,
                    struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    out->id = wish->id ? wish->id : id;
    return text_is_uuid(out->id) || fail(err, ERR_INVALID, "id: it must be a GUID");
}

bool subscription_create(struct provider *provider, const struct actor *actor,
                         const struct subscription *wish, time_t now, struct arena *arena,
                         struct subscription *out, struct error *err)
{
    *out = *wish;
    out->tenant_id = actor->tenant_id;
    if (!take_id(wish, out, arena, err) || !check_credentials(&wish->credentials, now, err) ||
        !check_root(wish->trusted_root, err) || !seal(provider, out, arena, err))
        return false;
    out->revision = 1;
    out->created_at = out->modified_at = now;
    const struct audit_event event =
        audit_event_of(actor, "Create CloudPkiSubscription", TYPE, out->id, now);
    const struct record record = { &subscription_entity, out, &event, NULL, NULL };
    return record_insert(provider->store, &record, err);
}

bool subscription_change(struct provider *provider, const struct actor *actor,
                         const struct subscription *wish, time_t now, struct arena *arena,
                         struct subscription *out, struct error *err)
{
    *out = *wish;
    bool is_given = has_credentials(&wish->credentials);
    if ((is_given && !check_credentials(&wish->credentials, now, err)) ||
        !check_root(wish->trusted_root, err) || (is_given && !seal(provider, out, arena, err)))
        return false;
    out->modified_at = now;
    const struct audit_event event =
        audit_event_of(actor, "Patch CloudPkiSubscription", TYPE, out->id, now);
    const struct record record = { &subscription_entity, out, &event, NULL, NULL };
    if (!record_update(provider->store, &record, err))
        return false;
    out->revision++;
    return true;
}

bool subscription_delete(struct provider *provider, const struct actor *actor,
                         const struct subscription *stored, time_t now, struct error *err)
{
    const struct audit_event event =
        audit_event_of(actor, "Delete CloudPkiSubscription", TYPE, stored->id, now);
    const struct record record = { &subscription_entity, stored, &event, NULL, NULL };
    return record_delete(provider->store, &record, err);
}
