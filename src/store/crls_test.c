#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "store/fixture.h"
#include "store/rows.h"

#include <string.h>

struct reservation {
    const char *ca_id;
    time_t now;
    int64_t number;
    time_t this_update;
};

static bool run_reservation(struct session *session, void *context, struct error *err)
{
    struct reservation *reservation = context;
    return crls_reserve(session, reservation->ca_id, reservation->now, &reservation->number,
                        &reservation->this_update, err);
}

/* pki-rules, CRLs: number = max(previous + 1, now), thisUpdate = max(previous, now). */
STORE_TEST(crl_numbers_and_times_never_go_back)
{
    static const struct {
        const char *ca_id;
        time_t now;
        int64_t number;
        time_t this_update;
    } steps[] = {
        { "a", 1000, 1000, 1000 }, { "a", 1000, 1001, 1000 }, { "a", 900, 1002, 1000 },
        { "b", 900, 900, 900 },    { "a", 2000, 2000, 2000 }, { "a", 1999, 2001, 2000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct reservation reservation = { steps[i].ca_id, steps[i].now, 0, 0 };
        fixture_write(fixture, run_reservation, &reservation);
        assert_int_equal(reservation.number, steps[i].number);
        assert_int_equal(reservation.this_update, steps[i].this_update);
    }
}

static struct crl_row crl_row(const char *id, int64_t kind, int64_t number)
{
    return (struct crl_row){
        .id = id,
        .tenant_id = "t1",
        .ca_id = "ca1",
        .version = 1,
        .kind = kind,
        .number = number,
        .this_update = number,
        .next_update = number + 100,
        .size = 3,
        .etag = "AB",
        .is_scheduled = kind == CRL_COMPLETE,
    };
}

static bool run_publish(struct session *session, void *context, struct error *err)
{
    static const uint8_t octets[] = { 1, 2, 3 };
    const struct crl_row *crl = context;
    return crls_put_chunk(session, crl->id, 0, BYTES_OF(octets), err) &&
           crls_publish(session, crl, err);
}

static bool run_header(struct session *session, void *context, struct error *err)
{
    return crls_publish(session, context, err);
}

static bool run_chunk(struct session *session, void *context, struct error *err)
{
    return crls_put_chunk(session, context, 0, BYTES_NONE, err);
}

static bool run_purge(struct session *session, void *context, struct error *err)
{
    return crls_purge(session, *(const time_t *)context, err);
}

static void publish(struct fixture *fixture, const char *id, int64_t kind, int64_t number)
{
    struct crl_row crl = crl_row(id, kind, number);
    fixture_write(fixture, run_publish, &crl);
}

static const char *current_id(struct fixture *fixture, int64_t kind)
{
    struct error err = { .code = ERR_NONE };
    struct crl_row crl = { 0 };
    struct session *session = store_read(fixture->store, &err);
    if (!crls_current(session, "ca1", 1, kind, fixture->arena, &crl, &err))
        assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
    return crl.id ? crl.id : "none";
}

static bool has_chunk(struct fixture *fixture, const char *id)
{
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    SCOPED(buf_free) struct buf *out = buf_new(CRL_CHUNK_OCTETS);
    bool is_there = crls_read(session, id, 0, out, &err);
    if (!is_there)
        assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
    return is_there;
}

STORE_TEST(the_highest_number_is_current)
{
    assert_string_equal(current_id(fixture, CRL_COMPLETE), "none");
    publish(fixture, "first", CRL_COMPLETE, 10);
    publish(fixture, "delta", CRL_DELTA, 10);
    assert_string_equal(current_id(fixture, CRL_COMPLETE), "first");
    publish(fixture, "third", CRL_COMPLETE, 30);
    publish(fixture, "second", CRL_COMPLETE, 20); /* finished late */
    assert_string_equal(current_id(fixture, CRL_COMPLETE), "third");
    assert_string_equal(current_id(fixture, CRL_DELTA), "delta");
    struct error err = { .code = ERR_NONE };
    struct crl_row oldest;
    time_t scheduled;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(crls_oldest_valid(session, "ca1", 1, 109, fixture->arena, &oldest, &err), &err);
    assert_string_equal(oldest.id, "first");
    unit_ok(crls_oldest_valid(session, "ca1", 1, 110, fixture->arena, &oldest, &err), &err);
    assert_string_equal(oldest.id, "second");
    assert_false(crls_oldest_valid(session, "ca1", 1, 130, fixture->arena, &oldest, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(crls_last_scheduled(session, "ca1", 1, &scheduled, &err), &err);
    assert_int_equal(scheduled, 30);
    unit_ok(crls_last_scheduled(session, "ca1", 2, &scheduled, &err), &err);
    assert_int_equal(scheduled, 0);
    session_free(session);
}

STORE_TEST(purging_keeps_what_is_current_or_was_an_hour_ago)
{
    publish(fixture, "old", CRL_COMPLETE, 10);
    publish(fixture, "replaced", CRL_COMPLETE, 50);
    publish(fixture, "delta", CRL_DELTA, 50);
    publish(fixture, "new", CRL_COMPLETE, 60 + HOUR);
    time_t now = 51 + HOUR;
    fixture_write(fixture, run_purge, &now);
    assert_false(has_chunk(fixture, "old"));
    assert_true(has_chunk(fixture, "replaced"));
    now = 61 + 2 * HOUR;
    fixture_write(fixture, run_purge, &now);
    assert_false(has_chunk(fixture, "replaced"));
    assert_true(has_chunk(fixture, "delta"));
    assert_true(has_chunk(fixture, "new")); /* past nextUpdate, but there is no newer one */
}

STORE_TEST(chunks_without_a_header_are_purged_after_a_day)
{
    char orphan[] = "orphan";
    char late[] = "late";
    fixture_write(fixture, run_chunk, orphan);
    fixture_write(fixture, run_chunk, late);
    time_t now = FIXTURE_NOW;
    fixture_write(fixture, run_purge, &now);
    now += DAY;
    fixture_write(fixture, run_purge, &now);
    assert_true(has_chunk(fixture, "orphan"));
    now++;
    struct crl_row crl = crl_row("late", CRL_COMPLETE, now);
    fixture_write(fixture, run_header, &crl);
    fixture_write(fixture, run_purge, &now);
    assert_false(has_chunk(fixture, "orphan"));
    assert_true(has_chunk(fixture, "late"));
}
