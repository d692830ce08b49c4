/*
 * pki-rules §8: after any sequence of issue, revoke, hold, expire, purge and restart, what is
 * revoked and unexpired stands on the list, and OCSP says revoked of exactly that which the next
 * list names. The model knows what was done; the lists are read as octets. TEST_SEED=… runs one
 * seed.
 */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/times.h"
#include "ca/issue/forget.h"
#include "ca/issuer.h"
#include "ca/lifecycle/retire.h"
#include "ca/ra.h"
#include "ca/responder.h"
#include "ca/status/publish.h"
#include "ca/status/revoke.h"
#include "ca/status/status.h"
#include "ca/world_test.h"
#include "store/rows.h"
#include "x509/reason.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 100, LEAVES_MAX = 64, DAYS_MAX = 12, PAUSE_MAX_S = 3 * DAY / 2 };

static const uint64_t seeds[] = { 1, 7, 0x5eed, 0x9e3779b97f4a7c15u };

struct known {
    struct leaf leaf;
    bool is_revoked; /* or on hold */
    bool is_held;
    bool is_forgotten; /* its row is gone */
};

struct model {
    struct world *world;
    const char *ca_id;
    uint64_t seed;
    uint64_t random;
    int step;
    struct known leaves[LEAVES_MAX];
    size_t count;
    struct list_seen complete; /* the newest that was looked at */
    time_t scheduled;          /* thisUpdate of the newest scheduled one */
    int64_t delta;             /* number of the newest */
};

/* What happened over all, lest a test of nothing passes. */
struct tally {
    int lists, listed, left_out, purged, released, restarts, forgotten;
};

#define must(model, condition) \
    ((condition)               \
         ? (void)0             \
         : unit_fail("seed 0x%" PRIx64 ", step %d: %s", (model)->seed, (model)->step, #condition))

static void must_ok(const struct model *model, bool ok, const struct error *err)
{
    if (!ok || err->code != ERR_NONE)
        unit_fail("seed 0x%" PRIx64 ", step %d: %s", model->seed, model->step, err->message);
}

static uint64_t draw(struct model *model, uint64_t below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return model->random % below;
}

/* ---- what is told ---- */

static enum certificate_state state_of(const struct model *model, const struct leaf *leaf)
{
    struct error err = { .code = ERR_NONE };
    struct certificate_status status;
    struct issuer *issuer = world_issuer(model->world, model->ca_id);
    struct session *session = store_read(model->world->fixture->store, &err);
    must_ok(model, session && status_get(session, issuer, leaf->serial, &status, &err), &err);
    session_free(session);
    issuer_release(issuer);
    return status.state;
}

static size_t entries_of(const struct list_seen *seen)
{
    struct error err = { .code = ERR_NONE };
    struct der entries = der_of(seen->crl.entries);
    struct crl_entry entry;
    size_t count = 0;
    while (crl_next_entry(&entries, &entry, &err))
        count++;
    unit_ok(err.code == ERR_NONE, &err);
    return count;
}

/* §3.3: what has ended is left out after one scheduled list that was made after its end. */
static bool must_stand(const struct model *model, const struct known *known)
{
    return known->is_revoked && (known->leaf.not_after >= model->world->now ||
                                 known->leaf.not_after >= model->scheduled);
}

static void check_complete(struct model *model, const struct list_seen *complete,
                           struct tally *tally)
{
    size_t found = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct known *known = &model->leaves[i];
        bool is_listed = world_is_listed(complete, known->leaf.serial);
        bool is_unexpired = known->leaf.not_after >= model->world->now;
        found += is_listed;
        must(model, !is_listed || known->is_revoked);
        must(model, is_listed || !must_stand(model, known));
        must(model, !is_unexpired || (state_of(model, &known->leaf) == STATE_REVOKED) == is_listed);
        tally->left_out += known->is_revoked && !is_listed;
    }
    must(model, found == entries_of(complete));
    must(model, complete->crl.number > model->complete.crl.number);
    must(model, complete->crl.this_update >= model->complete.crl.this_update);
    tally->lists++;
    tally->listed += (int)found;
}

/* Whoever adds the newest delta to the newest complete list knows every revocation that one of
 * them could tell. */
static void check_all_told(const struct model *model, const struct list_seen *delta)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct known *known = &model->leaves[i];
        struct crl_entry entry;
        bool is_told = crl_find(&delta->crl, known->leaf.serial, &entry);
        bool is_listed = is_told ? entry.reason != REASON_REMOVE_FROM_CRL
                                 : world_is_listed(&model->complete, known->leaf.serial);
        must(model, !is_listed || known->is_revoked);
        must(model, is_listed || !known->is_revoked || known->leaf.not_after < model->world->now);
    }
}

/* After each publication: the lists, whichever are new. */
static void check_lists(struct model *model, struct tally *tally)
{
    struct list_seen complete = world_list(model->world, model->ca_id, CRL_COMPLETE);
    struct list_seen delta = world_list(model->world, model->ca_id, CRL_DELTA);
    if (complete.row.number != model->complete.row.number) {
        check_complete(model, &complete, tally);
        model->complete = complete;
        if (complete.row.is_scheduled)
            model->scheduled = complete.crl.this_update;
    }
    if (delta.row.number != model->delta && delta.row.number >= complete.row.number)
        check_all_told(model, &delta);
    model->delta = delta.row.number;
}

/* OCSP tells a revocation at once, and of what was never revoked never. */
static void check_states(const struct model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct known *known = &model->leaves[i];
        enum certificate_state wanted = known->is_forgotten ? STATE_UNKNOWN
                                        : known->is_revoked ? STATE_REVOKED
                                                            : STATE_GOOD;
        must(model, state_of(model, &known->leaf) == wanted);
    }
}

/* ---- what is done ---- */

static void issue(struct model *model, struct tally *tally)
{
    (void)tally;
    struct world *world = model->world;
    if (model->count == LEAVES_MAX)
        return;
    struct challenge challenge = world_challenge(world, model->ca_id, "CN=device");
    const struct csr_wish wish = { .subject = "CN=device" };
    challenge.validity_days = 1 + (int64_t)draw(model, DAYS_MAX);
    const struct issue_request request =
        world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    struct issued issued = world_issue(world, &request);
    must_ok(model, issued.outcome == ISSUE_ISSUED, &world->err);
    model->leaves[model->count++].leaf = world_stored(world, issued.certificate_id);
}

/* A hold ends by a release or by a reason that lasts; every other revocation is the last word. */
static bool may_revoke(const struct known *known, enum reason reason, time_t now)
{
    bool is_live = !known->is_forgotten && known->leaf.not_after >= now;
    if (known->is_held)
        return is_live && reason != REASON_CERTIFICATE_HOLD;
    return is_live && !known->is_revoked && reason != REASON_REMOVE_FROM_CRL;
}

static void revoke(struct model *model, struct tally *tally)
{
    static const enum reason reasons[] = { REASON_UNSPECIFIED, REASON_KEY_COMPROMISE,
                                           REASON_CERTIFICATE_HOLD, REASON_REMOVE_FROM_CRL };
    struct error err = { .code = ERR_NONE };
    struct world *world = model->world;
    struct known *known = &model->leaves[draw(model, model->count)];
    enum reason reason = reasons[draw(model, ARRAY_LEN(reasons))];
    struct leaf out;
    bool is_done = ca_revoke_leaf(world->authority, &world->actor, model->ca_id, known->leaf.id,
                                  reason, world->now, world->arena, &out, &err);
    must(model, is_done == may_revoke(known, reason, world->now));
    if (!is_done)
        return;
    known->is_revoked = reason != REASON_REMOVE_FROM_CRL;
    known->is_held = reason == REASON_CERTIFICATE_HOLD;
    tally->released += !known->is_revoked;
}

static void wait(struct model *model, struct tally *tally)
{
    (void)tally;
    model->world->now += 1 + (time_t)draw(model, draw(model, 2) ? PAUSE_MAX_S : HOUR);
}

static void publish(struct model *model, struct tally *tally)
{
    struct error err = { .code = ERR_NONE };
    struct world *world = model->world;
    uint64_t kinds = draw(model, 3);
    const struct publication publication = { .ca_id = model->ca_id,
                                             .version = 1,
                                             .complete = kinds != 0,
                                             .delta = kinds != 1,
                                             .is_scheduled = kinds != 0 && draw(model, 2) };
    must_ok(model, publish_crls(world->authority, &publication, world->now, &err), &err);
    check_lists(model, tally);
}

/* Within two seconds after a revocation the lists follow, before a restart or after. */
static void run_timers(struct model *model, struct tally *tally)
{
    struct error err = { .code = ERR_NONE };
    struct world *world = model->world;
    must_ok(model, publish_due(world->authority, world->now, &err), &err);
    check_lists(model, tally);
    for (int second = 0; second < 3; second++) {
        must_ok(model, publish_asked(world->authority, ++world->now, &err), &err);
        check_lists(model, tally);
    }
    struct list_seen delta = world_list(world, model->ca_id, CRL_DELTA);
    check_all_told(model, &delta);
}

static void purge(struct model *model, struct tally *tally)
{
    struct error err = { .code = ERR_NONE };
    struct world *world = model->world;
    struct known *known = &model->leaves[draw(model, model->count)];
    must_ok(model, retire_due(world->authority, world->now, &err), &err);
    if (known->is_forgotten || known->leaf.not_after >= world->now)
        return;
    must_ok(model, ca_forget_leaf(world->authority, &world->actor, &known->leaf, world->now, &err),
            &err);
    known->is_forgotten = true;
    tally->forgotten++;
}

/* Nothing is left in memory, as after a kill: what was asked for and not published neither. */
static void restart(struct model *model, struct tally *tally)
{
    struct error err = { .code = ERR_NONE };
    struct world *world = model->world;
    authority_free(world->authority);
    fixture_restart(world->fixture);
    const struct authority_options options = { .store = world->fixture->store,
                                               .keys = world->keys,
                                               .workers = world->fixture->workers,
                                               .settings = authority_settings_default };
    world->authority = authority_new(&options, &err);
    must_ok(model, world->authority != NULL, &err);
    tally->restarts++;
}

static void (*const actions[])(struct model *, struct tally *) = {
    issue, issue, revoke, revoke, wait, wait, publish, run_timers, purge, restart,
};

/* ---- the sequences ---- */

static void end_well(struct model *model, struct tally *tally)
{
    run_timers(model, tally);
    check_states(model);
    int64_t listed = 0;
    struct session *session = store_read(model->world->fixture->store, &model->world->err);
    must_ok(model, revocations_count(session, model->ca_id, 0, 0, &listed, &model->world->err),
            &model->world->err);
    session_free(session);
    for (size_t i = 0; i < model->count; i++)
        tally->purged += model->leaves[i].is_revoked;
    tally->purged -= (int)listed;
}

static void run_sequence(struct world *world, uint64_t seed, struct tally *tally)
{
    struct ca root = world_root(world);
    struct ca out;
    struct ca wish =
        world_wish(CA_ISSUING, arena_format(world->arena, "Seed %" PRIx64, seed), root.id);
    unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
    struct model *model = memory_new(sizeof *model);
    *model = (struct model){ .world = world, .ca_id = out.id, .seed = seed, .random = seed };
    model->complete.row.number = model->complete.crl.number = model->delta = -1;
    check_lists(model, tally);
    issue(model, tally);
    for (model->step = 0; model->step < STEPS; model->step++) {
        actions[draw(model, ARRAY_LEN(actions))](model, tally);
        if (model->step % 8 == 0)
            check_states(model);
    }
    end_well(model, tally);
    memory_free(model);
}

WORLD_TEST(pki_rules_8_after_any_sequence_ocsp_and_lists_tell_what_is_revoked)
{
    struct tally tally = { 0 };
    const char *wanted = getenv("TEST_SEED");
    if (wanted)
        run_sequence(world, strtoull(wanted, NULL, 0), &tally);
    for (size_t i = 0; !wanted && i < ARRAY_LEN(seeds); i++)
        run_sequence(world, seeds[i], &tally);
    if (wanted)
        return;
    assert_true(tally.lists > 20 && tally.listed > 50);
    assert_true(tally.left_out > 0 && tally.purged > 0);
    assert_true(tally.restarts > 5 && tally.forgotten > 0 && tally.released > 0);
}
