#include "graph/routes/ca_versions.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/lifecycle/lifecycle.h"
#include "ca/lifecycle/preview.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "graph/routes/tables.h"
#include "model/ca.h"
#include "model/leaf.h"

struct activation {
    int64_t version;
};

static const struct property activation_properties[] = {
    // clang-format off
    { "certificationAuthorityVersion", NULL, PROPERTY_INT, 0, AT(activation, version), NULL, 0, INT32_MAX },
    { 0 },
    // clang-format on
};

const struct entity activation_entity = { .name = "activate",
                                          .properties = activation_properties,
                                          .size = sizeof(struct activation) };

struct preview_wish {
    time_t activation;
};

static const struct property preview_wish_properties[] = {
    // clang-format off
    { "activationDateTime", NULL, PROPERTY_TIME, NULLABLE, AT(preview_wish, activation), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity preview_wish_entity = { .name = "previewRenewal",
                                            .properties = preview_wish_properties,
                                            .size = sizeof(struct preview_wish) };

static const struct property outliving_properties[] = {
    // clang-format off
    { "id",                  NULL, PROPERTY_STRING, READ_ONLY,                            AT(leaf, id),           NULL, 0, 0 },
    { "subjectName",         NULL, PROPERTY_STRING, READ_ONLY | NULLABLE,                 AT(leaf, subject_name), NULL, 0, 0 },
    { "serialNumber",        NULL, PROPERTY_HEX,    READ_ONLY,                            AT(leaf, serial),       NULL, 0, 0 },
    { "deviceName",          NULL, PROPERTY_STRING, READ_ONLY | NULLABLE | EMPTY_AS_NULL, AT(leaf, device_name),  NULL, 0, 0 },
    { "validityEndDateTime", NULL, PROPERTY_TIME,   READ_ONLY,                            AT(leaf, not_after),    NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity outliving_entity = { .name = "outlivingCertificate",
                                                .space = "cloudpki",
                                                .properties = outliving_properties,
                                                .size = sizeof(struct leaf) };

static const struct property renewal_preview_properties[] = {
    // clang-format off
    { "versionNumber",                   NULL, PROPERTY_INT,       READ_ONLY,            AT(renewal_preview, version),         NULL, 0, 0 },
    { "pendingVersionNumber",            NULL, PROPERTY_INT,       READ_ONLY,            AT(renewal_preview, pending_version), NULL, 0, 0 },
    { "renewableFromDateTime",           NULL, PROPERTY_TIME,      READ_ONLY,            AT(renewal_preview, renewable_from),  NULL, 0, 0 },
    { "daysUntilRenewable",              NULL, PROPERTY_INT,       READ_ONLY,            AT(renewal_preview, days_left),       NULL, 0, 0 },
    { "validityEndDateTime",             NULL, PROPERTY_TIME,      READ_ONLY,            AT(renewal_preview, not_after),       NULL, 0, 0 },
    { "lastSafeDateTime",                NULL, PROPERTY_TIME,      READ_ONLY,            AT(renewal_preview, last_safe),       NULL, 0, 0 },
    { "activationDateTime",              NULL, PROPERTY_TIME,      READ_ONLY,            AT(renewal_preview, activation),      NULL, 0, 0 },
    { "outlivingCertificateCount",       NULL, PROPERTY_INT,       READ_ONLY,            AT(renewal_preview, outliving_count), NULL, 0, 0 },
    { "cutCertificateCount",             NULL, PROPERTY_INT,       READ_ONLY,            AT(renewal_preview, cut_count),       NULL, 0, 0 },
    { "lastCertificateEndDateTime",      NULL, PROPERTY_TIME,      READ_ONLY | NULLABLE, AT(renewal_preview, latest_end),      NULL, 0, 0 },
    { "outlivingCertificates",           NULL, PROPERTY_COMPLEXES, READ_ONLY,            AT(renewal_preview, outliving),       &outliving_entity, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity renewal_preview_entity = { .name = "renewalPreview",
                                               .space = "cloudpki",
                                               .properties = renewal_preview_properties,
                                               .size = sizeof(struct renewal_preview) };

bool ca_renew_action(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct ca ca;
    struct actor actor = request_actor(request);
    return ca_find_to_change(request, &ca, err) &&
           ca_renew(request->graph->authority, &actor, ca.id,
                    request_revision(request, ca.revision), request->now, request->arena, &ca, err);
}

bool ca_activate_action(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct activation activation = { 0 };
    struct actor actor = request_actor(request);
    return request_read_body(request, &activation, err) && ca_find_to_change(request, &ca, err) &&
           ca_activate(request->graph->authority, &actor, ca.id,
                       request_revision(request, ca.revision), activation.version, request->now,
                       request->arena, &ca, err) &&
           ca_answer(request, &ca, result);
}

bool versions_tunnel(struct request *request, struct result *result, struct error *err)
{
    request->target.route = route_named(graph_tables, "version.list");
    return versions_list(request, result, err);
}

bool ca_preview_action(struct request *request, struct result *result, struct error *err)
{
    struct ca ca;
    struct preview_wish wish = { 0 };
    struct renewal_preview *preview = arena_take(request->arena, sizeof *preview);
    struct actor actor = request_actor(request);
    if (!request_read_body(request, &wish, err) || !ca_find(request, &ca, err))
        return false;
    request_end_session(request);
    result->items = (struct items){ preview, 1 };
    return ca_preview_renewal(request->graph->authority, &actor, ca.id, wish.activation,
                              request->now, request->arena, preview, err);
}
