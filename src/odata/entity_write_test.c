#include "unit/unit.h"

#include "base/arena.h"
#include "base/json.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "model/tls_policy.h"
#include "model/urls.h"
#include "odata/entity_write.h"
#include "odata/options.h"

#include <string.h>

static const struct urls urls = { "http://pki.example", "https://pki.example" };

static struct ca sample(void)
{
    static struct extended_key_usage usages[] = { { "Client", "1.3.6.1.5.5.7.3.2" } };
    static const char *tags[] = { "0" };
    return (struct ca){ .id = "i",
                        .display_name = "Quote \" and \\",
                        .common_name = "Root CA",
                        .type = CA_ROOT,
                        .status = CA_EXPIRED,
                        .key_size = 4,
                        .hash = 1,
                        .ekus = { usages, 1 },
                        .role_scope_tag_ids = { tags, 1 },
                        .serial = { (const uint8_t *)"\x0a\xff", 2 },
                        .not_after = 1739441826,
                        .revision = 7 };
}

static json_t *write_ca(const struct ca *ca, const struct view *view)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(1 << 20);
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    unit_ok(entity_write(&writer, &ca_entity, ca, view, &err), &err);
    json_close_object(&writer);
    json_t *json = json_read(buf_bytes(out), &err);
    unit_ok(json != NULL, &err);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

TEST(entity_is_written_by_its_rows)
{
    struct ca ca = sample();
    const struct view view = { .urls = &urls };
    json_t *json = write_ca(&ca, &view);
    assert_string_equal(text_of(json, "displayName"), "Quote \" and \\");
    assert_string_equal(text_of(json, "@odata.etag"), "W/\"7\"");
    assert_string_equal(text_of(json, "eTag"), "7");
    assert_string_equal(text_of(json, "serialNumber"), "0AFF");
    assert_string_equal(text_of(json, "validityEndDateTime"), "2025-02-13T10:17:06Z");
    assert_string_equal(text_of(json, "certificateKeySize"), "eCP256");
    assert_true(json_is_null(json_object_get(json, "validityStartDateTime")));
    assert_true(json_is_null(json_object_get(json, "description")));
    assert_true(json_is_null(json_object_get(json, "scepServerUrl")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json, "roleScopeTagIds"), 0)), "0");
    const json_t *usage = json_array_get(json_object_get(json, "extendedKeyUsages"), 0);
    assert_string_equal(text_of(usage, "objectIdentifier"), "1.3.6.1.5.5.7.3.2");
    assert_null(json_object_get(json, "tenant_id"));
    json_decref(json);
}

/* Order of metadata.xml, nullable members there as null. */
TEST(entity_has_every_member_in_order)
{
    struct ca ca = { .id = "i" };
    const struct view view = { .urls = &urls };
    json_t *json = write_ca(&ca, &view);
    void *at = json_object_iter(json);
    at = json_object_iter_next(json, at); /* @odata.etag */
    for (const struct property *row = ca_entity.properties; !property_is_last(row); row++) {
        if (!row->name)
            continue;
        assert_string_equal(json_object_iter_key(at), row->name);
        at = json_object_iter_next(json, at);
    }
    assert_null(at);
    json_decref(json);
}

TEST(entity_hides_enum_members_past_the_sentinel)
{
    struct ca ca = sample();
    struct view view = { .urls = &urls };
    json_t *json = write_ca(&ca, &view);
    assert_string_equal(text_of(json, "certificationAuthorityStatus"), "unknownFutureValue");
    json_decref(json);
    view.reveal_enum_members = true;
    json = write_ca(&ca, &view);
    assert_string_equal(text_of(json, "certificationAuthorityStatus"), "expired");
    json_decref(json);
}

TEST(entity_shows_what_is_selected)
{
    struct error err = { 0 };
    struct ca ca = sample();
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(options_read("$select=displayName,serialNumber", &ca_entity, OPTIONS_LIST, arena,
                         &options, &err),
            &err);
    const struct view view = { .urls = &urls, .options = &options };
    json_t *json = write_ca(&ca, &view);
    assert_int_equal(json_object_size(json), 3);
    assert_non_null(json_object_get(json, "displayName"));
    assert_non_null(json_object_get(json, "serialNumber"));
    json_decref(json);
}

TEST(entity_writes_a_nested_value_in_place)
{
    struct error err = { 0 };
    struct ca_version version = { .id = "i", .ca_id = "c", .staged_count = 3 };
    const struct view view = { .urls = &urls };
    SCOPED(buf_free) struct buf *out = buf_new(1 << 20);
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    unit_ok(entity_write(&writer, &ca_version_entity, &version, &view, &err), &err);
    json_close_object(&writer);
    assert_non_null(strstr(buf_text(out), "\"usage\":{\"issuedStagedLeafCertificateCount\":3}"));
}

/* OData JSON §4.6.3: what is derived says so, once, whoever else asks for it. */
TEST(one_of_several_types_says_which_once)
{
    const struct tls_policy policy = { .id = "i", .name = "P", .revision = 1 };
    const struct view views[] = { { .urls = &urls }, { .urls = &urls, .tells_type = true } };
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        struct error err = { 0 };
        SCOPED(buf_free) struct buf *out = buf_new(65536);
        struct json_writer writer = json_writer_to(out);
        json_open_object(&writer);
        unit_ok(entity_write(&writer, &tls_policy_entity, &policy, &views[i], &err), &err);
        json_close_object(&writer);
        const char *type = strstr(buf_text(out), "\"@odata.type\"");
        assert_non_null(type);
        assert_non_null(strstr(type, "#microsoft.graph.networkaccess.tlsInspectionPolicy"));
        assert_null(strstr(type + 1, "\"@odata.type\""));
    }
}

TEST(any_type_is_said_when_asked_for)
{
    struct ca ca = sample();
    const struct view asked = { .urls = &urls, .tells_type = true };
    const struct view none = { .urls = &urls, .tells_type = true, .without_annotations = true };
    json_t *json = write_ca(&ca, &asked);
    assert_string_equal(text_of(json, "@odata.type"),
                        "#microsoft.graph.cloudCertificationAuthority");
    json_decref(json);
    json = write_ca(&ca, &none);
    assert_null(json_object_get(json, "@odata.type"));
    json_decref(json);
}
