#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "keys/keys.h"
#include "model/leaf.h"
#include "store/entity.h"
#include "store/store.h"
#include "x509/name.h"
#include "x509/san.h"

#include <arpa/inet.h>
#include <string.h>

enum { INTERNAL_CA_YEARS = 10, TLS_NAMES_MAX = 16 };

static bool find_internal_ca(struct authority *authority, const char *tenant_id, time_t now,
                             struct arena *arena, struct ca *out, bool *found, struct error *err)
{
    const struct query query = {
        .entity = &ca_entity,
        .tenant_id = tenant_id,
        .now = now,
        .fixed = { { "is_internal", V_INT(1) } },
        .fixed_count = 1,
        .top = 1,
    };
    struct error why = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session)
        return false;
    *found = entity_find(session, &query, arena, out, &why);
    return *found || why.code == ERR_NOT_FOUND || fail(err, why.code, "%s", why.message);
}

static bool make_internal_ca(struct authority *authority, const char *tenant_id, time_t now,
                             struct arena *arena, struct ca *out, struct error *err)
{
    static struct extended_key_usage server_auth = { "Server authentication", "1.3.6.1.5.5.7.3.1" };
    static const char *scope_tag = "0";
    const struct actor actor = { tenant_id, "server", NULL };
    const struct ca wanted = {
        .display_name = "cloudpki HTTPS",
        .common_name = "cloudpki HTTPS root",
        .type = CA_ROOT,
        .key_size = KEY_P256,
        .hash = 1,
        .validity_years = INTERNAL_CA_YEARS,
        .ekus = { &server_auth, 1 },
        .role_scope_tag_ids = { &scope_tag, 1 },
        .is_internal = true,
    };
    return ca_create(authority, &actor, &wanted, now, arena, out, err);
}

/* "192.0.2.1" and "::1" become addresses, the rest DNS names; each once. */
static bool add_name(const char *name, struct arena *arena, struct sans *sans, struct error *err)
{
    uint8_t address[16];
    bool is_address =
        inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
    struct san san;
    if (!san_from_text(arena_format(arena, "%s:%s", is_address ? "ip" : "dns", name), arena, &san,
                       err))
        return false;
    if (!sans_contain(sans, &san))
        sans->items[sans->count++] = san;
    return true;
}

static bool read_names(const char *const *names, size_t count, struct arena *arena,
                       struct sans *out, struct error *err)
{
    *out = (struct sans){ arena_take(arena, TLS_NAMES_MAX * sizeof(struct san)), 0 };
    for (size_t i = 0; i < count && i < TLS_NAMES_MAX; i++)
        if (!add_name(names[i], arena, out, err))
            return false;
    return true;
}

static bool print_pem(struct authority *authority, const struct leaf *leaf,
                      const struct issuer *issuer, struct buf *pem, struct buf *root_pem,
                      struct error *err)
{
    SCOPED(key_free) struct key *key = keys_get(authority->keys, leaf->key_id, KEY_TLS, err);
    SCOPED(secret_free) struct secret *private = key ? key_tls_pem(key, err) : NULL;
    if (!private)
        return false;
    pem_encode("CERTIFICATE", leaf->certificate, pem);
    pem_encode("CERTIFICATE", issuer->certificate, pem);
    buf_add(pem, secret_bytes(private));
    pem_encode("CERTIFICATE", issuer->certificate, root_pem);
    return true;
}

bool ca_issue_tls(struct authority *authority, const char *tenant_id, const char *const *names,
                  size_t count, time_t now, struct buf *pem, struct buf *root_pem,
                  struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *subject = buf_new(NAME_OCTETS_MAX);
    const struct name_attribute common_name = { OID_COMMON_NAME, "localhost" };
    const struct actor actor = { tenant_id, "server", NULL };
    struct ca ca;
    struct sans sans;
    struct leaf leaf;
    bool found = false;
    if (!read_names(names, count, arena, &sans, err) ||
        !name_encode(&common_name, 1, subject, err) ||
        !find_internal_ca(authority, tenant_id, now, arena, &ca, &found, err) ||
        (!found && !make_internal_ca(authority, tenant_id, now, arena, &ca, err)))
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, tenant_id, ca.id, 0, now, err);
    const struct office office = { LEAF_TLS, KEY_P256, buf_bytes(subject), &sans };
    return issuer && mint_office(authority, issuer, &office, &actor, now, arena, &leaf, err) &&
           print_pem(authority, &leaf, issuer, pem, root_pem, err);
}
