#include "model/base_types.h"

struct identified {
    const char *id;
    time_t deleted_at;
};

const struct property identified_properties[] = {
    // clang-format off
    { "id", NULL, PROPERTY_STRING, KEY | READ_ONLY, AT(identified, id), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct property directory_object_properties[] = {
    // clang-format off
    { "id",              NULL, PROPERTY_STRING, KEY | READ_ONLY,      AT(identified, id),         NULL, 0, 0 },
    { "deletedDateTime", NULL, PROPERTY_TIME,   READ_ONLY | NULLABLE, AT(identified, deleted_at), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity identified_entity = { .name = "entity",
                                          .properties = identified_properties,
                                          .size = sizeof(struct identified),
                                          .is_abstract = true };

const struct entity directory_object_entity = { .name = "directoryObject",
                                                .base = &identified_entity,
                                                .properties = directory_object_properties,
                                                .size = sizeof(struct identified),
                                                .is_open = true };
