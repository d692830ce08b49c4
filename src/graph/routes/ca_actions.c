#include "graph/routes/ca_actions.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/lifecycle/lifecycle.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "model/ca.h"
#include "odata/entity_read.h"
#include "x509/reason.h"

#include <string.h>

enum { CERTIFICATE_TEXT_MAX = 65536 };

/* A version that is not given, or 0, is the one that the action can only mean: the active one,
 * or the one that waits for its certificate. */
struct status_change {
    int64_t status;
    int64_t version;
};

struct version_choice {
    int64_t version;
};

struct trust_chain_certificate {
    const char *display_name;
    const char *certificate;
};

struct upload {
    const char *certificate;
    struct list chain;
    int64_t version;
};

static const struct property status_change_properties[] = {
    // clang-format off
    { "certificationAuthorityStatus",  NULL, PROPERTY_ENUM, REQUIRED | NULLABLE, AT(status_change, status),  &ca_status_texts, 0, 0 },
    { "certificationAuthorityVersion", NULL, PROPERTY_INT,  0,        AT(status_change, version), NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity status_change_entity = { .name = "changeCloudCertificationAuthorityStatus",
                                             .properties = status_change_properties,
                                             .size = sizeof(struct status_change) };

static const struct property version_choice_properties[] = {
    // clang-format off
    { "certificationAuthorityVersion", NULL, PROPERTY_INT, 0, AT(version_choice, version), NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity version_choice_entity = { .name =
                                                  "revokeCloudCertificationAuthorityCertificate",
                                              .properties = version_choice_properties,
                                              .size = sizeof(struct version_choice) };

static const struct property chain_properties[] = {
    // clang-format off
    { "displayName", NULL, PROPERTY_STRING, NULLABLE, AT(trust_chain_certificate, display_name), NULL, 0, 256 },
    { "certificate", NULL, PROPERTY_STRING, REQUIRED | NULLABLE, AT(trust_chain_certificate, certificate),  NULL, 1, CERTIFICATE_TEXT_MAX },
    { 0 },
    // clang-format on
};

static const struct entity trust_chain_certificate_entity = { .name = "trustChainCertificate",
                                                              .properties = chain_properties,
                                                              .size = sizeof(
                                                                  struct trust_chain_certificate) };

static const struct property upload_properties[] = {
    // clang-format off
    { "signedCertificate",             NULL, PROPERTY_STRING,    REQUIRED | NULLABLE, AT(upload, certificate), NULL, 1, CERTIFICATE_TEXT_MAX },
    { "trustChainCertificates",        NULL, PROPERTY_COMPLEXES, REQUIRED | NULLABLE, AT(upload, chain),       &trust_chain_certificate_entity, 0, 0 },
    { "certificationAuthorityVersion", NULL, PROPERTY_INT,       0,        AT(upload, version),     NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity upload_entity = { .name =
                                          "uploadExternallySignedCertificationAuthorityCertificate",
                                      .properties = upload_properties,
                                      .size = sizeof(struct upload) };

/* Base64 of DER or of PEM, or PEM as it stands: all are sent. ca/ tells DER from PEM. */
static bool read_certificate(const char *text, const char *what, struct arena *arena,
                             struct bytes *out, struct error *err)
{
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *octets = buf_new(CERTIFICATE_TEXT_MAX);
    if (!text)
        return fail(err, ERR_INVALID, "%s: a certificate is required", what);
    if (strstr(text, "-----BEGIN")) {
        *out = bytes_of_text(text);
        return true;
    }
    if (!base64_decode_lenient(bytes_of_text(text), octets, &inner) || buf_len(octets) == 0)
        return fail(err, ERR_INVALID, "%s: must be base64 of a certificate, or PEM", what);
    *out = arena_bytes(arena, buf_bytes(octets));
    return true;
}

static bool read_chain(const struct upload *upload, struct arena *arena, struct bytes *out,
                       struct error *err)
{
    const struct trust_chain_certificate *items = upload->chain.items;
    for (size_t i = 0; i < upload->chain.count; i++)
        if (!read_certificate(items[i].certificate,
                              arena_format(arena, "trustChainCertificates[%zu].certificate", i),
                              arena, &out[i], err))
            return false;
    return true;
}

bool ca_change_status_action(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct status_change change = { 0 };
    struct actor actor = request_actor(request);
    if (!request_read_body(request, &change, err) || !ca_find_to_change(request, &ca, err))
        return false;
    if (change.status != CA_ACTIVE && change.status != CA_PAUSED)
        return fail(err, ERR_INVALID,
                    "certificationAuthorityStatus: a CA is set to active or paused only");
    return ca_change_status(request->graph->authority, &actor, ca.id,
                            request_revision(request, ca.revision), change.status, change.version,
                            request->now, request->arena, &ca, err) &&
           ca_answer(request, &ca, result);
}

bool ca_revoke_action(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct version_choice choice = { 0 };
    struct actor actor = request_actor(request);
    return request_read_body(request, &choice, err) && ca_find_to_change(request, &ca, err) &&
           ca_revoke(request->graph->authority, &actor, ca.id,
                     request_revision(request, ca.revision), choice.version, REASON_UNSPECIFIED,
                     request->now, request->arena, &ca, err) &&
           ca_answer_revoked(request, &ca, result);
}

bool ca_upload_action(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct upload upload = { 0 };
    struct bytes certificate;
    struct bytes chain[COLLECTION_ITEMS_MAX];
    struct actor actor = request_actor(request);
    return request_read_body(request, &upload, err) && ca_find_to_change(request, &ca, err) &&
           read_certificate(upload.certificate, "signedCertificate", request->arena, &certificate,
                            err) &&
           read_chain(&upload, request->arena, chain, err) &&
           ca_upload(request->graph->authority, &actor, ca.id,
                     request_revision(request, ca.revision), upload.version, certificate, chain,
                     upload.chain.count, request->now, request->arena, &ca, err) &&
           ca_answer(request, &ca, result);
}
