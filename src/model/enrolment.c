#include "model/enrolment.h"

#include "base/attributes.h"

static const char *const status_texts[] = {
    // clang-format off
    [ENROLMENT_NONE]     = "unknown",
    [ENROLMENT_ISSUED]   = "issued",
    [ENROLMENT_PENDING]  = "pending",
    [ENROLMENT_REJECTED] = "rejected",
    // clang-format on
};

const struct enum_texts enrolment_status_texts = { "scepEnrolmentStatus", status_texts,
                                                   ARRAY_LEN(status_texts), -1 };

static const struct property enrolment_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                       "id",               PROPERTY_STRING, KEY | LISTED | READ_ONLY, AT(enrolment, id),             NULL, 0, 0 },
    { NULL,                       "tenant_id",        PROPERTY_STRING, HIDDEN,                   AT(enrolment, tenant_id),      NULL, 0, 0 },
    { "certificationAuthorityId", "ca_id",            PROPERTY_STRING, FILTER | READ_ONLY,       AT(enrolment, ca_id),          NULL, 0, 0 },
    { NULL,                       "version",          PROPERTY_INT,    HIDDEN,                   AT(enrolment, version),        NULL, 0, 0 },
    { NULL,                       "message_type",     PROPERTY_INT,    HIDDEN,                   AT(enrolment, message_type),   NULL, 0, 0 },
    { NULL,                       "transaction_hash", PROPERTY_BINARY, HIDDEN,                   AT(enrolment, transaction),    NULL, 0, 0 },
    { NULL,                       "request_hash",     PROPERTY_BINARY, HIDDEN,                   AT(enrolment, request),        NULL, 0, 0 },
    { NULL,                       "public_key_hash",  PROPERTY_BINARY, HIDDEN,                   AT(enrolment, public_key),     NULL, 0, 0 },
    { "status",                   "status",           PROPERTY_ENUM,   LISTED | READ_ONLY,       AT(enrolment, status),         &enrolment_status_texts, 0, 0 },
    { "certificateId",            "certificate_id",   PROPERTY_STRING, READ_ONLY | NULL_AS_EMPTY, AT(enrolment, certificate_id), NULL, 0, 0 },
    { NULL,                       "challenge_id",     PROPERTY_STRING, HIDDEN | NULL_AS_EMPTY,   AT(enrolment, challenge_id),   NULL, 0, 0 },
    { NULL,                       "csr",              PROPERTY_BINARY, HIDDEN | NULLABLE,        AT(enrolment, csr),            NULL, 0, 0 },
    { "expirationDateTime",       "expires_at",       PROPERTY_TIME,   READ_ONLY,                AT(enrolment, expires_at),     NULL, 0, 0 },
    { "createdDateTime",          "created_at",       PROPERTY_TIME,   LISTED | READ_ONLY,       AT(enrolment, created_at),     NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity enrolment_entity = { .name = "scepEnrolment",
                                         .space = "cloudpki",
                                         .table = "enrolments",
                                         .properties = enrolment_properties,
                                         .size = sizeof(struct enrolment) };
