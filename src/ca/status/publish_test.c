#include "unit/unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "ca/status/publish.h"
#include "ca/status/revoke.h"
#include "ca/status/status.h"
#include "ca/world_test.h"
#include "fuzz/differential.h"
#include "store/rows.h"
#include "store/statement.h"
#include "x509/crl.h"
#include "x509/reason.h"

#include <openssl/x509.h>
#include <string.h>

DEFINE_SCOPED(X509_CRL *, X509_CRL_free)
DEFINE_SCOPED(X509 *, X509_free)

static int64_t count_entries(const struct crl *crl)
{
    struct der entries = der_of(crl->entries);
    struct crl_entry entry;
    struct error err = { .code = ERR_NONE };
    int64_t count = 0;
    while (crl_next_entry(&entries, &entry, &err))
        count++;
    unit_ok(err.code == ERR_NONE, &err);
    return count;
}

/* OpenSSL reads it, finds the issuer's signature good, and the header row tells the truth. */
static void check_list(struct world *world, const char *ca_id, const struct list_seen *seen)
{
    struct ca_version version = world_version(world, ca_id);
    SCOPED(X509_free) X509 *issuer = world_x509(version.certificate);
    const unsigned char *p = seen->der.data;
    SCOPED(X509_CRL_free) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)seen->der.len);
    assert_non_null(crl);
    assert_int_equal(X509_CRL_verify(crl, X509_get0_pubkey(issuer)), 1);
    assert_null(differ_crl(seen->der));
    assert_int_equal(seen->crl.number, seen->row.number);
    assert_int_equal(seen->crl.this_update, seen->row.this_update);
    assert_int_equal(seen->crl.next_update, seen->row.next_update);
    assert_int_equal(seen->crl.is_delta, seen->row.kind == CRL_DELTA);
    assert_int_equal(count_entries(&seen->crl), seen->row.entries);
    assert_int_equal(strlen(seen->row.etag), 64);
}

/* ---- what makes them ---- */

static void publish(struct world *world, const char *ca_id, bool is_scheduled)
{
    struct error err = { .code = ERR_NONE };
    const struct publication publication = {
        .ca_id = ca_id, .version = 1, .complete = true, .delta = true, .is_scheduled = is_scheduled
    };
    unit_ok(publish_crls(world->authority, &publication, world->now, &err), &err);
}

/* The timers, second by second. */
static void wait_seconds(struct world *world, int seconds)
{
    while (seconds-- > 0) {
        struct error err = { .code = ERR_NONE };
        world->now++;
        unit_ok(publish_asked(world->authority, world->now, &err), &err);
    }
}

static void revoke(struct world *world, const struct leaf *leaf, enum reason reason)
{
    struct error err = { .code = ERR_NONE };
    struct leaf out;
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, leaf->ca_id, leaf->id, reason,
                           world->now, world->arena, &out, &err),
            &err);
}

/* A row like another with its own id, serial and end: issuing takes longer. */
static struct leaf add_leaf(struct world *world, const struct leaf *like, time_t not_after)
{
    struct leaf leaf = *like;
    uint8_t serial[SERIAL_OCTETS];
    char id[UUID_TEXT_OCTETS];
    serial_draw(serial);
    random_uuid(id);
    leaf.id = arena_text(world->arena, id);
    leaf.serial = arena_bytes(world->arena, BYTES_OF(serial));
    leaf.not_after = not_after;
    fixture_insert(world->fixture, &leaf_entity, &leaf);
    return leaf;
}

WORLD_TEST(pki_rules_5_both_lists_of_every_ca_share_number_and_state)
{
    struct ca ca = world_issuing(world);
    const char *const ids[] = { ca.id, ca.issuer_id };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct list_seen complete = world_list(world, ids[i], CRL_COMPLETE);
        struct list_seen delta = world_list(world, ids[i], CRL_DELTA);
        check_list(world, ids[i], &complete);
        check_list(world, ids[i], &delta);
        assert_int_equal(complete.row.number, delta.row.number);
        assert_int_equal(complete.row.this_update, delta.row.this_update);
        assert_int_equal(complete.row.next_update, complete.row.this_update + 7 * DAY);
        assert_int_equal(delta.row.next_update, delta.row.this_update + DAY);
        assert_true(complete.crl.freshest.len > 0);
        assert_int_equal(delta.crl.freshest.len, 0);
        assert_int_equal(complete.chunks, 1);
    }
}

WORLD_TEST(pki_rules_5_a_revocation_is_listed_within_two_seconds)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf other = world_leaf(world, ca.id, "other");
    struct list_seen before = world_list(world, ca.id, CRL_COMPLETE);
    revoke(world, &leaf, REASON_KEY_COMPROMISE);
    wait_seconds(world, 2);
    struct list_seen complete = world_list(world, ca.id, CRL_COMPLETE);
    struct list_seen delta = world_list(world, ca.id, CRL_DELTA);
    struct crl_entry entry;
    assert_true(crl_find(&complete.crl, leaf.serial, &entry));
    assert_int_equal(entry.reason, REASON_KEY_COMPROMISE);
    assert_true(world_is_listed(&delta, leaf.serial));
    assert_false(world_is_listed(&complete, other.serial));
    assert_true(complete.row.number > before.row.number);
    assert_int_equal(complete.row.number, delta.row.number);
    assert_int_equal(delta.crl.base_number, before.row.number);
    assert_false(complete.row.is_scheduled);
    check_list(world, ca.id, &complete);
    check_list(world, ca.id, &delta);
}

WORLD_TEST(pki_rules_5_revocations_wait_for_others_but_not_for_ever)
{
    struct ca ca = world_issuing(world);
    struct leaf like = world_leaf(world, ca.id, "device");
    struct list_seen before = world_list(world, ca.id, CRL_COMPLETE);
    for (int i = 0; i < 6; i++) {
        struct leaf leaf = add_leaf(world, &like, world->now + DAY);
        revoke(world, &leaf, REASON_UNSPECIFIED);
        wait_seconds(world, 1);
    }
    wait_seconds(world, 2);
    struct list_seen after = world_list(world, ca.id, CRL_COMPLETE);
    assert_int_equal(after.row.entries, 6);
    assert_true(after.row.number > before.row.number);
    wait_seconds(world, 5);
    assert_int_equal(world_list(world, ca.id, CRL_COMPLETE).row.number, after.row.number);
}

WORLD_TEST(pki_rules_5_numbers_and_times_never_go_back)
{
    struct ca ca = world_issuing(world);
    publish(world, ca.id, false);
    struct list_seen before = world_list(world, ca.id, CRL_COMPLETE);
    world->now -= 3 * DAY;
    struct leaf leaf = world_leaf(world, ca.id, "device");
    revoke(world, &leaf, REASON_SUPERSEDED);
    wait_seconds(world, 2);
    struct list_seen after = world_list(world, ca.id, CRL_COMPLETE);
    struct list_seen delta = world_list(world, ca.id, CRL_DELTA);
    assert_int_equal(after.row.number, before.row.number + 1);
    assert_int_equal(after.row.this_update, before.row.this_update);
    assert_true(world_is_listed(&after, leaf.serial));
    assert_true(world_is_listed(&delta, leaf.serial));
}

WORLD_TEST(pki_rules_5_an_expired_entry_stands_on_one_more_scheduled_list)
{
    struct ca ca = world_issuing(world);
    struct leaf like = world_leaf(world, ca.id, "device");
    struct leaf leaf = add_leaf(world, &like, world->now + DAY);
    revoke(world, &leaf, REASON_UNSPECIFIED);
    wait_seconds(world, 2);
    world->now = leaf.not_after + 1;
    publish(world, ca.id, false);
    publish(world, ca.id, false);
    struct list_seen seen = world_list(world, ca.id, CRL_COMPLETE);
    assert_true(world_is_listed(&seen, leaf.serial));
    world->now = leaf.not_after + HOUR;
    publish(world, ca.id, true);
    seen = world_list(world, ca.id, CRL_COMPLETE);
    assert_true(world_is_listed(&seen, leaf.serial));
    world->now += 4 * DAY;
    publish(world, ca.id, true);
    seen = world_list(world, ca.id, CRL_COMPLETE);
    assert_false(world_is_listed(&seen, leaf.serial));
}

WORLD_TEST(pki_rules_5_every_version_lists_the_revoked_of_all)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct ca_version second = world_version(world, ca.id);
    second.id = arena_format(world->arena, "%s_2", ca.id);
    second.number = 2;
    second.status = VERSION_RETIRED;
    fixture_insert(world->fixture, &ca_version_entity, &second);
    issuer_forget(world->authority, ca.id);
    revoke(world, &leaf, REASON_UNSPECIFIED);
    wait_seconds(world, 2);
    for (int64_t version = 1; version <= 2; version++) {
        struct list_seen seen;
        assert_true(world_find_list(world, ca.id, version, CRL_COMPLETE, &seen));
        assert_true(world_is_listed(&seen, leaf.serial));
        check_list(world, ca.id, &seen);
    }
}

WORLD_TEST(pki_rules_5_long_complete_lists_come_hourly_and_deltas_at_once)
{
    struct ca ca = world_issuing(world);
    struct leaf like = world_leaf(world, ca.id, "device");
    world->authority->settings.publish_entries_max = 2;
    struct list_seen before = world_list(world, ca.id, CRL_COMPLETE);
    struct leaf last = like;
    for (int i = 0; i < 3; i++) {
        last = add_leaf(world, &like, world->now + DAY);
        revoke(world, &last, REASON_UNSPECIFIED);
    }
    wait_seconds(world, 2);
    struct list_seen delta = world_list(world, ca.id, CRL_DELTA);
    assert_true(world_is_listed(&delta, last.serial));
    assert_int_equal(world_list(world, ca.id, CRL_COMPLETE).row.number, before.row.number);
    world->now = before.row.this_update + HOUR - 10;
    wait_seconds(world, 5);
    assert_int_equal(world_list(world, ca.id, CRL_COMPLETE).row.number, before.row.number);
    wait_seconds(world, 10);
    struct list_seen complete = world_list(world, ca.id, CRL_COMPLETE);
    assert_int_equal(complete.row.entries, 3);
    delta = world_list(world, ca.id, CRL_DELTA);
    assert_int_equal(delta.row.number, complete.row.number);
}

WORLD_TEST(pki_rules_5_the_timer_publishes_both_kinds_in_time)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    struct list_seen complete = world_list(world, ca.id, CRL_COMPLETE);
    struct list_seen delta = world_list(world, ca.id, CRL_DELTA);
    time_t end = world->now + 8 * DAY;
    int completes = 0, deltas = 0;
    while (world->now < end) {
        world->now += HOUR;
        unit_ok(publish_due(world->authority, world->now, &err), &err);
        struct list_seen now_complete = world_list(world, ca.id, CRL_COMPLETE);
        struct list_seen now_delta = world_list(world, ca.id, CRL_DELTA);
        completes += now_complete.row.number != complete.row.number;
        deltas += now_delta.row.number != delta.row.number;
        assert_true(now_complete.row.next_update - world->now > 3 * DAY);
        assert_true(now_delta.row.next_update - world->now > 11 * HOUR);
        complete = now_complete;
        delta = now_delta;
    }
    assert_int_equal(completes, 2);
    assert_int_equal(deltas, 16);
    assert_true(complete.row.is_scheduled);
}

WORLD_TEST(pki_rules_8_a_restart_forgets_no_revocation)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct error err = { .code = ERR_NONE };
    world->now += HOUR;
    unit_ok(publish_due(world->authority, world->now, &err), &err);
    revoke(world, &leaf, REASON_UNSPECIFIED);
    const struct authority_options options = { .store = world->fixture->store,
                                               .keys = world->keys,
                                               .workers = world->fixture->workers,
                                               .settings = authority_settings_default };
    authority_free(world->authority);
    world->authority = authority_new(&options, &err);
    world->now += 5;
    unit_ok(publish_due(world->authority, world->now, &err), &err);
    wait_seconds(world, 2);
    struct list_seen seen = world_list(world, ca.id, CRL_COMPLETE);
    assert_true(world_is_listed(&seen, leaf.serial));
}

static bool destroy_key(struct session *session, void *context, struct error *err)
{
    return keys_destroy(session, context, err);
}

/* A version whose row cannot be read as one stops neither the timer nor the others. */
WORLD_TEST(publish_goes_on_past_a_ca_that_cannot)
{
    struct ca broken = world_root(world);
    struct ca ca = world_issuing(world);
    struct ca_version version = world_version(world, broken.id);
    fixture_write(world->fixture, destroy_key, (void *)(uintptr_t)version.key_id);
    struct ca_version bad = version;
    bad.id = arena_format(world->arena, "%s_7", broken.id);
    bad.number = 7;
    bad.certificate = bytes_of_text("no certificate");
    fixture_insert(world->fixture, &ca_version_entity, &bad);
    keys_forget(world->keys, version.key_id);
    issuer_forget(world->authority, broken.id);
    struct list_seen before = world_list(world, ca.id, CRL_COMPLETE);
    struct list_seen old = world_list(world, broken.id, CRL_COMPLETE);
    struct error err = { .code = ERR_NONE };
    world->now += 4 * DAY;
    assert_false(publish_due(world->authority, world->now, &err));
    assert_true(world_list(world, ca.id, CRL_COMPLETE).row.number > before.row.number);
    assert_int_equal(world_list(world, broken.id, CRL_COMPLETE).row.number, old.row.number);
}

WORLD_TEST(publish_oldest_age_is_that_of_the_oldest_list)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    double age;
    world->now += 100;
    publish(world, ca.id, false);
    unit_ok(publish_oldest_age(world->authority, world->now + 7, &age, &err), &err);
    assert_int_equal((int)age, 107);
}

/* ---- the model: whatever happens, what is revoked is told ---- */

enum { MODEL_STEPS = 120, MODEL_LEAVES_MAX = 200, MODEL_LISTS_MAX = 200 };

struct model {
    struct leaf leaves[MODEL_LEAVES_MAX];
    bool is_revoked[MODEL_LEAVES_MAX];
    bool is_held[MODEL_LEAVES_MAX];
    size_t count;
    struct list_seen completes[MODEL_LISTS_MAX];
    size_t complete_count;
    int64_t last_delta;
    uint64_t random;
};

static uint64_t draw(struct model *model, uint64_t below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return model->random % below;
}

static void check_told(struct world *world, const struct model *model,
                       const struct list_seen *complete)
{
    struct error err = { .code = ERR_NONE };
    struct issuer *issuer = world_issuer(world, model->leaves[0].ca_id);
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    for (size_t i = 0; i < model->count; i++) {
        const struct leaf *leaf = &model->leaves[i];
        struct certificate_status status;
        unit_ok(status_get(session, issuer, leaf->serial, &status, &err), &err);
        assert_int_equal(status.state, model->is_revoked[i] ? STATE_REVOKED : STATE_GOOD);
        bool listed = world_is_listed(complete, leaf->serial);
        if (model->is_revoked[i] && leaf->not_after >= world->now)
            assert_true(listed);
        if (listed)
            assert_true(model->is_revoked[i]);
    }
    issuer_release(issuer);
}

/* complete(n) with the delta is complete(m), the certificates that have ended left aside. */
static void check_sum(struct world *world, const struct model *model, const struct list_seen *base,
                      const struct list_seen *delta, const struct list_seen *newest)
{
    for (size_t i = 0; i < model->count; i++) {
        struct bytes serial = model->leaves[i].serial;
        if (model->leaves[i].not_after < world->now)
            continue;
        struct crl_entry entry, last;
        bool is_told = crl_find(&delta->crl, serial, &entry);
        bool is_gone = is_told && entry.reason == REASON_REMOVE_FROM_CRL;
        assert_int_equal(!is_gone && (is_told || world_is_listed(base, serial)),
                         world_is_listed(newest, serial));
        if (is_told && crl_find(&newest->crl, serial, &last))
            assert_int_equal(entry.reason, last.reason);
    }
}

static void check_lists(struct world *world, struct model *model, const char *ca_id)
{
    struct list_seen complete = world_list(world, ca_id, CRL_COMPLETE);
    struct list_seen delta = world_list(world, ca_id, CRL_DELTA);
    if (model->complete_count == 0 ||
        model->completes[model->complete_count - 1].row.number != complete.row.number)
        model->completes[model->complete_count++] = complete;
    assert_true(delta.row.number >= model->last_delta);
    model->last_delta = delta.row.number;
    if (delta.row.number != complete.row.number)
        return;
    check_told(world, model, &complete);
    for (size_t i = 0; i < model->complete_count; i++) {
        const struct list_seen *base = &model->completes[i];
        assert_true(i == 0 || base->row.number > model->completes[i - 1].row.number);
        assert_true(i == 0 || base->row.this_update >= model->completes[i - 1].row.this_update);
        if (base->row.number >= delta.crl.base_number && base->row.number <= delta.row.number)
            check_sum(world, model, base, &delta, &complete);
    }
}

/* A hold is released or made final; what is not revoked is put on hold or revoked. */
static void change(struct world *world, struct model *model, size_t i)
{
    bool is_final = draw(model, 2) == 0;
    if (model->is_revoked[i] && !model->is_held[i])
        return;
    if (model->is_held[i]) {
        revoke(world, &model->leaves[i], is_final ? REASON_SUPERSEDED : REASON_REMOVE_FROM_CRL);
        model->is_revoked[i] = is_final;
        model->is_held[i] = false;
        return;
    }
    revoke(world, &model->leaves[i], is_final ? REASON_SUPERSEDED : REASON_CERTIFICATE_HOLD);
    model->is_revoked[i] = true;
    model->is_held[i] = !is_final;
}

static void take_step(struct world *world, struct model *model, const struct leaf *like)
{
    struct error err = { .code = ERR_NONE };
    size_t i = draw(model, model->count);
    switch (draw(model, 6)) {
    case 0:
    case 1:
        if (model->count < MODEL_LEAVES_MAX)
            model->leaves[model->count++] =
                add_leaf(world, like, world->now + (time_t)draw(model, 10 * DAY));
        break;
    case 2:
    case 3:
        if (model->leaves[i].not_after > world->now + 10)
            change(world, model, i);
        wait_seconds(world, 3);
        break;
    case 4:
        world->now += (time_t)draw(model, 2 * DAY);
        break;
    default:
        issuer_forget(world->authority, like->ca_id);
        break;
    }
    unit_ok(publish_due(world->authority, world->now, &err), &err);
    wait_seconds(world, 3);
}

WORLD_TEST(pki_rules_5_complete_and_delta_make_the_newest_list)
{
    struct ca ca = world_issuing(world);
    struct leaf like = world_leaf(world, ca.id, "device");
    struct model *model = memory_new(sizeof *model);
    model->random = 0x9e3779b97f4a7c15u;
    model->leaves[model->count++] = like;
    for (int step = 0; step < MODEL_STEPS; step++) {
        take_step(world, model, &like);
        check_lists(world, model, ca.id);
    }
    assert_true(model->complete_count > 10);
    memory_free(model);
}

/* ---- many ---- */

struct many {
    const struct ca *ca;
    time_t now;
    size_t from, to;
};

static bool insert_many(struct session *session, void *context, struct error *err)
{
    static const struct statement insert = {
        "INSERT INTO revocations (ca_id, serial, tenant_id, version, certificate_id, reason,"
        " revoked_at, not_after) VALUES ($1, $2, $3, 1, '', $4, $5, $6)",
        "tbtiii"
    };
    const struct many *many = context;
    for (size_t i = many->from; i < many->to; i++) {
        uint8_t serial[SERIAL_OCTETS] = { 0x40, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
        if (!session_execute(session, &insert,
                             VALUES(V_TEXT(many->ca->id), V_BLOB(BYTES_OF(serial)),
                                    V_TEXT(many->ca->tenant_id), V_INT((int64_t)(i % 6)),
                                    V_INT(many->now), V_INT(many->now + DAY)),
                             err))
            return false;
    }
    return true;
}

WORLD_TEST(pki_rules_8_a_list_of_100000_is_stored_in_chunks)
{
    struct ca ca = world_issuing(world);
    struct many many = { &ca, world->now, 0, 0 };
    for (size_t i = 0; i < 10; i++) {
        many.from = i * 10000;
        many.to = many.from + 10000;
        fixture_write(world->fixture, insert_many, &many);
    }
    publish(world, ca.id, true);
    struct list_seen complete = world_list(world, ca.id, CRL_COMPLETE);
    assert_int_equal(complete.row.entries, 100000);
    assert_true(complete.chunks > 10);
    check_list(world, ca.id, &complete);
}

/* ---- hearing of it ---- */

struct heard {
    uint64_t epoch;
    size_t times;
    struct bytes serial;
    const struct authority *authority;
};

static void hear(void *context, const char *ca_id, struct bytes serial)
{
    struct heard *heard = context;
    (void)ca_id;
    heard->times++;
    heard->serial = serial;
    heard->epoch = publish_revocation_epoch(heard->authority);
}

WORLD_TEST(pki_rules_6_a_revocation_raises_the_epoch_and_tells_watchers)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct heard heard = { .authority = world->authority };
    struct error err = { .code = ERR_NONE };
    unit_ok(publish_watch(world->authority, hear, &heard, &err), &err);
    uint64_t before = publish_revocation_epoch(world->authority);
    revoke(world, &leaf, REASON_UNSPECIFIED);
    assert_int_equal(heard.times, 1);
    assert_true(heard.epoch > before);
    publish_soon(world->authority, ca.id);
    assert_int_equal(heard.times, 2);
    assert_int_equal(heard.serial.len, 0);
}
