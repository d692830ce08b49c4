#include "unit/unit.h"

#include "auth/setting_test.h"
#include "base/arena.h"
#include "model/ca.h"
#include "store/entity.h"
#include "store/rows.h"

static bool load_no_key(void *context, const char *id, struct key_record *out, struct error *err)
{
    (void)context;
    (void)out;
    return fail(err, ERR_NOT_FOUND, "there is no key %s", id);
}

void setting_run(struct fixture *fixture, setting_body_fn *body)
{
    static const uint8_t master[MASTER_KEY_OCTETS] = { 1 };
    struct setting setting = { .fixture = fixture, .arena = fixture->arena };
    const struct keys_options keys = { .master_key = BYTES_OF(master),
                                       .load = load_no_key,
                                       .generator_queue_max = 8,
                                       .generator_wait_s = 60 };
    setting.keys = keys_new(&keys, &setting.err);
    unit_ok(setting.keys != NULL, &setting.err);
    const struct auth_options options = {
        .store = fixture->store,
        .keys = setting.keys,
        .settings = { .issuer = "https://pki.example/{tenant}/v2.0", .audience = "cloudpki" }
    };
    setting.auth = auth_new(&options, &setting.err);
    unit_ok(setting.auth != NULL, &setting.err);
    fixture_add_ca(fixture);
    body(&setting);
    auth_free(setting.auth);
    keys_free(setting.keys);
}

void setting_add_ca(struct setting *setting, const char *id, int64_t type, int64_t status)
{
    static struct extended_key_usage server_auth = { "Server authentication", "1.3.6.1.5.5.7.3.1" };
    struct ca ca = fixture_ca(id);
    ca.type = type;
    ca.status = status;
    ca.ekus = (struct list){ &server_auth, 1 };
    fixture_insert(setting->fixture, &ca_entity, &ca);
}

static bool update(struct session *session, void *context, struct error *err)
{
    return entity_update(session, &leaf_entity, context, err);
}

void setting_change_kind(struct setting *setting, const char *leaf_id, int64_t kind)
{
    struct leaf leaf;
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(setting->fixture->store, &err);
    unit_ok(
        entity_get(session, &leaf_entity, "t1", leaf_id, FIXTURE_NOW, setting->arena, &leaf, &err),
        &err);
    session_free(session);
    leaf.kind = kind;
    fixture_write(setting->fixture, update, &leaf);
}
