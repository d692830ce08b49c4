#include "model/organization.h"

#include "model/base_types.h"
#include "model/classic_store.h"

static const struct property organization_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",              "id",         PROPERTY_STRING, KEY | FILTER | READ_ONLY,      AT(organization, id),           NULL, 0, 0 },
    { NULL,              "tenant_id",  PROPERTY_STRING, HIDDEN,                        AT(organization, tenant_id),    NULL, 0, 0 },
    { "deletedDateTime", "0", PROPERTY_TIME, COMPUTED | READ_ONLY | NULLABLE,          AT(organization, deleted_at),   NULL, 0, 0 },
    { "createdDateTime", "created_at", PROPERTY_TIME,   LISTED | READ_ONLY | NULLABLE, AT(organization, created_at),   NULL, 0, 0 },
    { "displayName",     "name",       PROPERTY_STRING, LISTED | READ_ONLY | NULLABLE, AT(organization, display_name), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link organization_links[] = {
    { "certificateBasedAuthConfiguration",
      &classic_store_entity,
      LINK_COLLECTION | LINK_OUTSIDE,
      { { "tenant_id", PROPERTY_STRING, AT(organization, id) } } },
    { 0 },
};

const struct entity organization_entity = { .name = "organization",
                                            .base = &directory_object_entity,
                                            .table = "tenants",
                                            .properties = organization_properties,
                                            .size = sizeof(struct organization),
                                            .links = organization_links,
                                            .is_open = true };
