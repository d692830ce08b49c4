#include "graph/routes/signing.h"

#include "auth/challenge.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/issue/sign_request.h"
#include "ca/issuer.h"
#include "graph/exchange.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "x509/csr.h"
#include "x509/der.h"

#include <semaphore.h>

enum { CSR_TEXT_MAX = 2 * CSR_OCTETS_MAX, DAYS_MAX = 3650, PEM_OCTETS_MAX = 1024 * 1024 };

struct sign_wish {
    const char *csr;
    int64_t version;
    struct challenge_wish wish; /* auth/ judges names, OIDs and bounds */
};

static const struct property sign_wish_properties[] = {
    // clang-format off
    { "certificateSigningRequest",     NULL, PROPERTY_STRING,  REQUIRED, AT(sign_wish, csr),                      NULL, 1, CSR_TEXT_MAX },
    { "certificationAuthorityVersion", NULL, PROPERTY_INT,     0,        AT(sign_wish, version),                  NULL, 0, INT32_MAX },
    { "subjectName",                   NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.subject),             NULL, 0, 1024 },
    { "subjectAlternativeNames",       NULL, PROPERTY_STRINGS, NULLABLE, AT(sign_wish, wish.sans),                NULL, 0, 0 },
    { "extendedKeyUsages",             NULL, PROPERTY_STRINGS, NULLABLE, AT(sign_wish, wish.ekus),                NULL, 0, 256 },
    { "allowAnyName",                  NULL, PROPERTY_BOOL,    0,        AT(sign_wish, wish.allow_any_name),      NULL, 0, 0 },
    { "sid",                           NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.sid),                 NULL, 1, 256 },
    { "deviceName",                    NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.device_name),         NULL, 0, 256 },
    { "deviceId",                      NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.device_id),           NULL, 0, 256 },
    { "devicePlatform",                NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.device_platform),     NULL, 0, 256 },
    { "userPrincipalName",             NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.user_principal_name), NULL, 0, 256 },
    { "userId",                        NULL, PROPERTY_STRING,  NULLABLE, AT(sign_wish, wish.user_id),             NULL, 0, 256 },
    { "validityInDays",                NULL, PROPERTY_INT,     0,        AT(sign_wish, wish.validity_days),       NULL, 0, DAYS_MAX },
    { 0 },
    // clang-format on
};

const struct entity sign_wish_entity = { .name = "signCertificateRequest",
                                         .properties = sign_wish_properties,
                                         .size = sizeof(struct sign_wish) };

/* The row, and what its holder needs; both texts are PEM. */
struct signed_certificate {
    struct leaf leaf;
    const char *certificate;
    const char *chain; /* its issuer first, the root last */
};

static const struct property signed_certificate_properties[] = {
    // clang-format off
    { "id",                                  NULL, PROPERTY_STRING, KEY | READ_ONLY,      AT(signed_certificate, leaf.id),           NULL, 0, 0 },
    { "subjectName",                         NULL, PROPERTY_STRING, READ_ONLY | NULLABLE, AT(signed_certificate, leaf.subject_name), NULL, 0, 0 },
    { "issuerId",                            NULL, PROPERTY_STRING, READ_ONLY,            AT(signed_certificate, leaf.ca_id),        NULL, 0, 0 },
    { "issuerName",                          NULL, PROPERTY_STRING, READ_ONLY,            AT(signed_certificate, leaf.issuer_name),  NULL, 0, 0 },
    { "certificationAuthorityVersionNumber", NULL, PROPERTY_INT,    READ_ONLY,            AT(signed_certificate, leaf.version),      NULL, 0, 0 },
    { "serialNumber",                        NULL, PROPERTY_HEX,    READ_ONLY,            AT(signed_certificate, leaf.serial),       NULL, 0, 0 },
    { "thumbprint",                          NULL, PROPERTY_STRING, READ_ONLY,            AT(signed_certificate, leaf.thumbprint),   NULL, 0, 0 },
    { "certificateStatus",                   NULL, PROPERTY_ENUM,   READ_ONLY,            AT(signed_certificate, leaf.status),       &leaf_status_texts, 0, 0 },
    { "validityStartDateTime",               NULL, PROPERTY_TIME,   READ_ONLY,            AT(signed_certificate, leaf.not_before),   NULL, 0, 0 },
    { "validityEndDateTime",                 NULL, PROPERTY_TIME,   READ_ONLY,            AT(signed_certificate, leaf.not_after),    NULL, 0, 0 },
    { "certificate",                         NULL, PROPERTY_STRING, READ_ONLY,            AT(signed_certificate, certificate),       NULL, 0, 0 },
    { "certificateChain",                    NULL, PROPERTY_STRING, READ_ONLY,            AT(signed_certificate, chain),             NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity signed_certificate_entity = { .name = "signedCertificate",
                                                  .space = "cloudpki",
                                                  .properties = signed_certificate_properties,
                                                  .size = sizeof(struct signed_certificate) };

static const char *pem_of(struct bytes first, struct bytes more, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new(PEM_OCTETS_MAX);
    struct der rest = der_of(more);
    struct bytes whole;
    pem_encode("CERTIFICATE", first, text);
    while (der_take_whole(&rest, DER_SEQUENCE, &whole))
        pem_encode("CERTIFICATE", whole, text);
    return arena_text(arena, buf_text(text));
}

static void show(struct request *request, const struct issued *issued, struct result *result)
{
    if (issued->outcome == ISSUE_ISSUED) {
        struct signed_certificate *shown = arena_take(request->arena, sizeof *shown);
        *shown = (struct signed_certificate){
            .leaf = *issued->leaf,
            .certificate = pem_of(issued->certificate, BYTES_NONE, request->arena),
            .chain = pem_of(issued->issuer, issued->chain, request->arena),
        };
        result->items = (struct items){ shown, 1 };
    }
}

static void finish(void *context, const struct issued *issued, const struct error *err)
{
    struct request *request = context;
    struct result result = { .items = { NULL, 0 } };
    show(request, issued, &result);
    request->finish(request, &result, err);
}

/* An item of a batch waits, on the desk. */
struct waiting {
    struct request *request;
    struct result *result;
    struct error *err;
    sem_t is_done;
};

static void stop_waiting(void *context, const struct issued *issued, const struct error *err)
{
    struct waiting *waiting = context;
    show(waiting->request, issued, waiting->result);
    *waiting->err = *err;
    sem_post(&waiting->is_done);
}

static bool sign_and_wait(struct request *request, const struct sign_request *sign,
                          struct result *result, struct error *err)
{
    struct waiting waiting = { .request = request, .result = result, .err = err };
    sem_init(&waiting.is_done, 0, 0);
    ca_sign_request(request->graph->authority, sign, stop_waiting, &waiting);
    while (sem_wait(&waiting.is_done) != 0)
        continue;
    sem_destroy(&waiting.is_done);
    return err->code == ERR_NONE;
}

/* The CA is at hand, as issuing needs it anyway; its row only tells who may see it. */
static bool find_ca(struct request *request, struct error *err)
{
    struct ca ca;
    const char *id = request->target.ids[ID_CA];
    if (request->caller.scope_tags.count) {
        bool is_found = ca_find(request, &ca, err);
        request_end_session(request);
        return is_found;
    }
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(request->graph->authority, request->caller.tenant_id, id, 0, request->now, err);
    return issuer && ((!issuer->is_deleted && !issuer->is_internal) ||
                      fail(err, ERR_NOT_FOUND, "there is no CA %s", id));
}

static bool read_grant(struct request *request, struct sign_wish *wish, struct grant *out,
                       struct error *err)
{
    if (!request_read_body(request, wish, err))
        return false;
    wish->wish.tenant_id = request->caller.tenant_id;
    wish->wish.ca_id = request->target.ids[ID_CA];
    return challenge_grant(&wish->wish, request->now, request->arena, out, err);
}

bool sign_request_action(struct request *request, struct result *result, struct error *err)
{
    struct sign_wish *wish = arena_take(request->arena, sizeof *wish);
    struct grant *grant = arena_take(request->arena, sizeof *grant);
    *wish = (struct sign_wish){ .csr = NULL };
    if (!read_grant(request, wish, grant, err) || !find_ca(request, err))
        return false;
    const struct sign_request sign = {
        .ca_id = wish->wish.ca_id,
        .version = wish->version,
        .csr = bytes_of_text(wish->csr),
        .grant = grant,
        .actor = request->caller.subject,
        .request_id = request->exchange->id,
        .now = request->now,
        .arena = request->arena,
    };
    if (!request->finish)
        return sign_and_wait(request, &sign, result, err);
    result->is_later = true;
    ca_sign_request(request->graph->authority, &sign, finish, request);
    return true;
}
