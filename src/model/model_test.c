/* The rows of each entity, and what is derived from a struct. */
#include "unit/unit.h"

#include "model/application.h"
#include "model/base_types.h"
#include "model/ca.h"
#include "model/challenge.h"
#include "model/enrolment.h"
#include "model/leaf.h"
#include "model/pki.h"
#include "model/urls.h"

#include <string.h>

static const struct urls urls = { "http://pki.example.org", "https://api.example.org:8443" };

static const struct entity *const entities[] = {
    &application_entity,        &password_credential_entity,
    &key_credential_entity,     &ca_entity,
    &ca_version_entity,         &leaf_entity,
    &challenge_entity,          &enrolment_entity,
    &extended_key_usage_entity, &ca_version_usage_entity,
};

static const struct enum_texts *const enums[] = {
    &ca_type_texts, &ca_status_texts,    &ca_version_status_texts, &ca_key_size_texts,
    &ca_hash_texts, &key_platform_texts, &leaf_status_texts,       &enrolment_status_texts,
};

TEST(enum_texts_and_numbers_agree)
{
    for (size_t i = 0; i < ARRAY_LEN(enums); i++) {
        for (size_t n = 0; n < enums[i]->count; n++) {
            const char *text = enum_text(enums[i], (int64_t)n);
            assert_non_null(text);
            assert_int_equal(enum_from_text(enums[i], text), n);
        }
        assert_string_equal(enum_text(enums[i], 0), "unknown");
        assert_int_equal(enum_from_text(enums[i], "unknownFutureValue"), enums[i]->sentinel);
        assert_null(enum_text(enums[i], -1));
        assert_null(enum_text(enums[i], (int64_t)enums[i]->count));
        assert_int_equal(enum_from_text(enums[i], "Unknown"), -1);
        assert_int_equal(enum_from_text(enums[i], ""), -1);
    }
}

TEST(rows_have_what_their_type_needs)
{
    for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
        const struct entity *entity = entities[i];
        for (const struct property *row = entity->properties; !property_is_last(row); row++) {
            bool has_detail = row->type == PROPERTY_ENUM || row->type == PROPERTY_COMPLEX ||
                              row->type == PROPERTY_COMPLEXES || row->type == PROPERTY_DERIVED;
            if (row->type != PROPERTY_STRING)
                assert_int_equal(row->detail != NULL, has_detail);
            assert_int_equal(row->name == NULL, (row->flags & HIDDEN) != 0);
            assert_true(row->offset < entity->size);
            assert_false((row->flags & LISTED) && !row->column);
            if (row->name)
                assert_ptr_equal(property_find(entity, row->name), row);
        }
    }
    assert_null(property_find(&ca_entity, "displayname"));
    assert_null(property_of_column(&ca_entity, "nothing"));
}

TEST(what_has_a_key_is_an_entity)
{
    assert_ptr_equal(entity_base(&ca_entity), &identified_entity);
    assert_ptr_equal(entity_base(&pki_entity), &directory_object_entity);
    assert_ptr_equal(entity_base(&directory_object_entity), &identified_entity);
    assert_null(entity_base(&identified_entity));
    assert_null(entity_base(&extended_key_usage_entity));
    assert_string_equal(entity_key(&leaf_entity)->name, "id");
    assert_null(entity_key(&extended_key_usage_entity));
}

static const struct entity *const derived_types[] = { &pki_entity, &trusted_ca_entity, &ca_entity,
                                                      &directory_object_entity };

TEST(what_is_inherited_stands_among_the_own_rows)
{
    for (size_t i = 0; i < ARRAY_LEN(derived_types); i++) {
        const struct property *row = entity_base(derived_types[i])->properties;
        for (; !property_is_last(row); row++)
            assert_non_null(property_find(derived_types[i], row->name));
    }
}

static const char *derived(const struct entity *entity, const void *object, const char *name)
{
    static char text[256];
    SCOPED(buf_free) struct buf *out = buf_new(sizeof text - 1);
    property_derive(property_find(entity, name), object, &urls, out);
    memcpy(text, buf_text(out), buf_len(out) + 1);
    return text;
}

static const struct ca issuing = { .id = "ID",
                                   .type = CA_ISSUING,
                                   .active_version = 2,
                                   .issuer_version_id = "ROOT_3",
                                   .revision = 7 };

TEST(an_issuing_ca_has_every_address)
{
    static const struct {
        const char *name;
        const char *text;
    } cases[] = {
        { "scepServerUrl", "http://pki.example.org/scep/ID" },
        { "certificateRevocationListUrl", "http://pki.example.org/crl/ID/v2/current.crl" },
        { "certificateDownloadUrl", "http://pki.example.org/ca/ID/v2/ca.cer" },
        { "certificationAuthorityIssuerUri", "http://pki.example.org/ca/ROOT/v3/ca.cer" },
        { "ocspResponderUri", "http://pki.example.org/ocsp/ID" },
        { "eTag", "7" },
        { "certificateSigningRequest", "" },
    };
    struct ca pending = issuing;
    pending.active_version = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(derived(&ca_entity, &issuing, cases[i].name), cases[i].text);
        if (strcmp(cases[i].name, "eTag") != 0)
            assert_string_equal(derived(&ca_entity, &pending, cases[i].name), "");
    }
}

TEST(a_root_enrols_nobody_and_has_no_issuer)
{
    struct ca root = issuing;
    root.type = CA_ROOT;
    root.issuer_version_id = NULL;
    assert_string_equal(derived(&ca_entity, &root, "scepServerUrl"), "");
    assert_string_equal(derived(&ca_entity, &root, "certificationAuthorityIssuerUri"), "");
    assert_string_equal(derived(&ca_entity, &root, "ocspResponderUri"),
                        "http://pki.example.org/ocsp/ID");
}

TEST(an_external_issuer_has_its_own_address)
{
    struct ca external = issuing;
    external.type = CA_ISSUING_EXTERNAL_ROOT;
    external.issuer_version_id = NULL;
    external.external_issuer_url = "http://ca.example.net/root.cer";
    assert_string_equal(derived(&ca_entity, &external, "certificationAuthorityIssuerUri"),
                        "http://ca.example.net/root.cer");
}

TEST(a_staged_version_is_reached_by_an_address_of_its_own)
{
    static const uint8_t octets[] = { 0x30, 0 };
    struct ca_version version = { .ca_id = "ID",
                                  .number = 2,
                                  .ca_type = CA_ISSUING,
                                  .status = VERSION_STAGED,
                                  .certificate = BYTES_OF(octets),
                                  .csr = BYTES_OF(octets) };
    assert_string_equal(derived(&ca_version_entity, &version, "scepServerUrl"),
                        "http://pki.example.org/scep/ID/v2");
    version.status = VERSION_ACTIVE;
    assert_string_equal(derived(&ca_version_entity, &version, "scepServerUrl"),
                        "http://pki.example.org/scep/ID");
    version.status = VERSION_RETIRED;
    assert_string_equal(derived(&ca_version_entity, &version, "scepServerUrl"), "");
    assert_string_equal(derived(&ca_version_entity, &version, "certificateSigningRequest"), "MAA=");
    version.certificate = BYTES_NONE;
    assert_string_equal(derived(&ca_version_entity, &version, "certificateDownloadUrl"), "");
}

TEST(only_what_callers_may_change_is_copied)
{
    const struct ca wanted = {
        .id = "other", .display_name = "New", .common_name = "New", .revision = 9
    };
    struct ca ca = { .id = "ID", .display_name = "Old", .common_name = "Old", .revision = 3 };
    entity_copy_changes(&ca_entity, &wanted, &ca);
    assert_string_equal(ca.display_name, "New");
    assert_string_equal(ca.common_name, "Old");
    assert_string_equal(ca.id, "ID");
    assert_int_equal(ca.revision, 3);
}

TEST(members_are_set_as_they_are_read)
{
    struct ca ca = { 0 };
    property_set_string(property_find(&ca_entity, "displayName"), &ca, "name");
    property_set_int(property_of_column(&ca_entity, "allow_des"), &ca, 5);
    property_set_int(property_find(&ca_entity, "validityEndDateTime"), &ca, 99);
    property_set_bytes(property_find(&ca_entity, "serialNumber"), &ca, bytes_of_text("s"));
    assert_string_equal(ca.display_name, "name");
    assert_true(ca.allow_des);
    assert_int_equal(ca.not_after, 99);
    assert_int_equal(ca.serial.len, 1);
    assert_int_equal(property_int(property_of_column(&ca_entity, "allow_des"), &ca), 1);
}
