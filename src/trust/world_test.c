#include "unit/unit.h"

#include "trust/world_test.h"

#include "base/arena.h"
#include "base/text.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/statement.h"
#include "trust/anchor.h"
#include "trust/certificates_test.h"
#include "trust/trust_inside.h"
#include "x509/algorithm.h"

const struct actor world_actor = { "t1", "someone", "request-1" };
const struct actor world_other = { "t2", "someone else", NULL };

static struct {
    int status;
    struct bytes body;
    unsigned fetches;
} remote;

static bool fetch_from_memory(const char *url, const struct fetch_limits *limits,
                              struct fetch_answer *out, struct error *err)
{
    (void)url;
    remote.fetches++;
    if (remote.status == 0)
        return fail(err, ERR_BUSY, "the host does not answer");
    if (remote.body.len > limits->octets_max)
        return fail(err, ERR_TOO_LARGE, "the answer is larger than %zu octets", limits->octets_max);
    *out = (struct fetch_answer){ remote.status, 0, buf_copy(remote.body) };
    return true;
}

static bool add_tenants(struct session *session, void *context, struct error *err)
{
    (void)context;
    return tenants_insert(session, "t1", "first", 1, err) &&
           tenants_insert(session, "t2", "second", 2, err);
}

struct trust *world_trust(struct fixture *fixture)
{
    struct trust *trust = trust_new(fixture->store, "pki.example.org, *.cdn.example.org");
    trust->fetch = fetch_from_memory;
    remote.fetches = 0;
    fixture_write(fixture, add_tenants, NULL);
    return trust;
}

struct pki world_pki(struct trust *trust, struct fixture *fixture, const char *name)
{
    struct pki pki;
    const struct pki wanted = { .display_name = name };
    struct error err = { .code = ERR_NONE };
    unit_ok(pki_create(trust, &world_actor, &wanted, CERTIFICATES_NOW, fixture->arena, &pki, &err),
            &err);
    return pki;
}

bool world_find_pki(struct fixture *fixture, const char *id, struct pki *out)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    return entity_get(session, &pki_entity, "t1", id, CERTIFICATES_NOW, fixture->arena, out, &err);
}

static size_t count(struct fixture *fixture, const struct entity *entity, struct fixed first)
{
    int64_t total = 0;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    const struct query query = { .entity = entity,
                                 .tenant_id = "t1",
                                 .fixed = { first, { "is_deleted", V_INT(0) } },
                                 .fixed_count = 2 };
    unit_ok(entity_count(session, &query, &total, &err), &err);
    return (size_t)total;
}

size_t world_count_cas(struct fixture *fixture, const char *pki_id)
{
    return count(fixture, &trusted_ca_entity, (struct fixed){ "pki_id", V_TEXT(pki_id) });
}

static bool keep_count(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(size_t *)context = (size_t)row_int(row, 0);
    return true;
}

size_t world_count_audits(struct fixture *fixture, const char *activity)
{
    static const struct statement audits = {
        "SELECT count(*) FROM audit_events WHERE activity = $1", "t"
    };
    size_t total = 0;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    unit_ok(session_query(session, &audits, VALUES(V_TEXT(activity)), keep_count, &total, &err),
            &err);
    return total;
}

struct keeping {
    struct fixture *fixture;
    const char *text;
};

static bool keep_text(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct keeping *keeping = context;
    keeping->text = arena_text(keeping->fixture->arena, row_text(row, 0));
    return true;
}

const char *world_upload_id(struct fixture *fixture)
{
    static const struct statement uploads = { "SELECT id FROM pki_uploads", "" };
    struct keeping keeping = { fixture, NULL };
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    unit_ok(session_query(session, &uploads, NULL, 0, keep_text, &keeping, &err), &err);
    return keeping.text;
}

struct trusted_ca world_wish(struct fixture *fixture, struct bytes der)
{
    struct anchor anchor;
    struct error err = { .code = ERR_NONE };
    unit_ok(anchor_read(der, CERTIFICATES_NOW, fixture->arena, &anchor, &err), &err);
    return (struct trusted_ca){ .certificate = der,
                                .thumbprint = anchor.thumbprint,
                                .expires_at = anchor.certificate.not_after };
}

void world_serve(int status, struct bytes body)
{
    remote.status = status;
    remote.body = body;
}

unsigned world_fetches(void)
{
    return remote.fetches;
}

struct pki_upload_wish world_upload(struct fixture *fixture, struct bytes body)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *hex = buf_new(64);
    digest_of(DIGEST_SHA256, body, digest);
    hex_encode_lower((struct bytes){ digest, 32 }, hex);
    world_serve(200, body);
    return (struct pki_upload_wish){ "https://pki.example.org/bundle.p7b?sig=secret",
                                     arena_text(fixture->arena, buf_text(hex)) };
}
