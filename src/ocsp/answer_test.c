#include "unit/unit.h"

#include "base/error.h"
#include "ocsp/answer.h"
#include "ocsp/errors.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define CA    "01234567-89ab-4cde-8f01-23456789abcd"
#define OTHER "11234567-89ab-4cde-8f01-23456789abcd"

enum { NOW = 1750000000, WINDOW = 43200 };

static const uint8_t body[1000] = { 0x30 };

static uint64_t epoch_of(const void *context)
{
    return *(const uint64_t *)context;
}

/* A CertID is its octets here: two kinds of hash before the serial. */
struct id {
    uint8_t octets[18];
    struct ocsp_cert_id cert_id;
};

static struct ocsp_cert_id *make_id(struct id *id, uint8_t kind, uint32_t number)
{
    memset(id->octets, 0x40, sizeof id->octets);
    id->octets[0] = kind;
    memcpy(id->octets + 4, &number, sizeof number);
    id->cert_id.der = BYTES_OF(id->octets);
    id->cert_id.serial = (struct bytes){ id->octets + 2, 16 };
    return &id->cert_id;
}

static void put(struct answer_cache *cache, const struct ocsp_cert_id *id, const char *ca_id,
                uint64_t epoch, uint64_t now_epoch)
{
    SCOPED(answer_release) struct answer *answer = answer_new(BYTES_OF(body), id, ca_id);
    answer->this_update = NOW;
    answer->next_update = NOW + WINDOW;
    answer_cache_put(cache, answer, epoch, epoch_of, &now_epoch);
}

static bool finds(struct answer_cache *cache, const struct ocsp_cert_id *id, const char *ca_id,
                  time_t now)
{
    SCOPED(answer_release) struct answer *answer = answer_cache_find(cache, id, ca_id, now);
    return answer != NULL;
}

TEST(answer_cache_finds_what_was_put_for_its_ca)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id one, two;
    make_id(&one, 1, 1);
    make_id(&two, 1, 2);
    put(cache, &one.cert_id, CA, 1, 1);
    assert_true(finds(cache, &one.cert_id, CA, NOW));
    assert_true(finds(cache, &one.cert_id, "", NOW));
    assert_false(finds(cache, &one.cert_id, OTHER, NOW));
    assert_false(finds(cache, &two.cert_id, CA, NOW));
}

TEST(answer_cache_serves_within_the_window_only)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id id;
    put(cache, make_id(&id, 1, 1), CA, 1, 1);
    assert_false(finds(cache, &id.cert_id, CA, NOW - 1));
    assert_true(finds(cache, &id.cert_id, CA, NOW + WINDOW / 2 - 1));
    assert_false(finds(cache, &id.cert_id, CA, NOW + WINDOW));
}

TEST(pki_rules_6_one_caller_signs_anew_at_half_the_window)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id id;
    put(cache, make_id(&id, 1, 1), CA, 1, 1);
    time_t half = NOW + WINDOW / 2;
    assert_false(finds(cache, &id.cert_id, CA, half));
    assert_true(finds(cache, &id.cert_id, CA, half));
    assert_true(finds(cache, &id.cert_id, CA, half + 29));
    assert_false(finds(cache, &id.cert_id, CA, half + 30));
    assert_true(finds(cache, &id.cert_id, CA, half + 31));
}

TEST(pki_rules_6_no_answer_of_an_older_epoch_comes_in)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id id;
    put(cache, make_id(&id, 1, 1), CA, 1, 2);
    assert_false(finds(cache, &id.cert_id, CA, NOW));
    put(cache, &id.cert_id, CA, 2, 2);
    assert_true(finds(cache, &id.cert_id, CA, NOW));
}

TEST(answer_cache_drops_a_serial_of_one_ca_however_it_was_asked_for)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id sha1, sha256, foreign, another;
    put(cache, make_id(&sha1, 1, 1), CA, 1, 1);
    put(cache, make_id(&sha256, 2, 1), CA, 1, 1);
    put(cache, make_id(&foreign, 3, 1), OTHER, 1, 1);
    put(cache, make_id(&another, 1, 2), CA, 1, 1);
    answer_cache_drop(cache, CA, sha1.cert_id.serial);
    assert_false(finds(cache, &sha1.cert_id, CA, NOW));
    assert_false(finds(cache, &sha256.cert_id, CA, NOW));
    assert_true(finds(cache, &foreign.cert_id, OTHER, NOW));
    assert_true(finds(cache, &another.cert_id, CA, NOW));
    answer_cache_drop(cache, CA, BYTES_NONE);
    assert_false(finds(cache, &another.cert_id, CA, NOW));
    assert_true(finds(cache, &foreign.cert_id, OTHER, NOW));
}

TEST(answer_cache_stays_within_its_octets_and_keeps_what_is_used)
{
    enum { OCTETS = 1 << 20, ANSWERS = 4000 };
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(OCTETS);
    struct id used, id;
    put(cache, make_id(&used, 1, 0), CA, 1, 1);
    for (uint32_t i = 1; i < ANSWERS; i++) {
        put(cache, make_id(&id, 1, i), CA, 1, 1);
        assert_true(finds(cache, &used.cert_id, CA, NOW));
    }
    assert_true(answer_cache_octets(cache) <= OCTETS);
    assert_true(answer_cache_octets(cache) > OCTETS / 2);
    assert_false(finds(cache, make_id(&id, 1, 1), CA, NOW));
    assert_true(finds(cache, make_id(&id, 1, ANSWERS - 1), CA, NOW));
}

TEST(answer_lives_on_while_it_is_being_sent)
{
    SCOPED(answer_cache_free) struct answer_cache *cache = answer_cache_new(1 << 20);
    struct id id;
    put(cache, make_id(&id, 1, 1), CA, 1, 1);
    SCOPED(answer_release) struct answer *sent = answer_cache_find(cache, &id.cert_id, CA, NOW);
    answer_cache_drop(cache, CA, BYTES_NONE);
    assert_int_equal(sent->body.len, sizeof body);
    assert_int_equal(sent->body.data[0], 0x30);
    assert_int_equal(strlen(sent->etag), ANSWER_ETAG_OCTETS - 1);
}

/* ---- a revocation among those who sign ---- */

enum { SIGNERS = 3, REVOCATIONS = 300 };

struct race {
    struct answer_cache *cache;
    struct id ids[REVOCATIONS];
    atomic_uint revoked; /* ids below this are: the store */
    _Atomic uint64_t epoch;
    atomic_bool is_over;
};

static uint64_t race_epoch(const void *context)
{
    return ((const struct race *)context)->epoch;
}

static void sign_one(struct race *race, uint32_t i)
{
    uint64_t epoch = race->epoch;
    uint8_t verdict = i < race->revoked;
    SCOPED(answer_release)
    struct answer *answer = answer_new((struct bytes){ &verdict, 1 }, &race->ids[i].cert_id, CA);
    answer->this_update = NOW;
    answer->next_update = NOW + WINDOW;
    answer_cache_put(race->cache, answer, epoch, race_epoch, race);
}

static void *sign_on(void *context)
{
    struct race *race = context;
    while (!race->is_over)
        for (uint32_t i = race->revoked, end = i + 4; i < end && i < REVOCATIONS; i++)
            sign_one(race, i);
    return NULL;
}

static void check_revoked(struct race *race, uint32_t i)
{
    SCOPED(answer_release)
    struct answer *answer = answer_cache_find(race->cache, &race->ids[i].cert_id, CA, NOW);
    if (answer)
        assert_int_equal(answer->body.data[0], 1);
}

TEST(pki_rules_6_no_good_answer_is_served_after_a_revocation)
{
    static struct race race;
    pthread_t threads[SIGNERS];
    race.cache = answer_cache_new(1 << 20);
    race.epoch = 1;
    for (uint32_t i = 0; i < REVOCATIONS; i++)
        make_id(&race.ids[i], 1, i);
    for (size_t i = 0; i < SIGNERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_on, &race), 0);
    for (uint32_t i = 0; i < REVOCATIONS; i++) {
        race.revoked = i + 1;
        race.epoch++;
        answer_cache_drop(race.cache, CA, race.ids[i].cert_id.serial);
        for (uint32_t k = i < 8 ? 0 : i - 8; k <= i; k++)
            check_revoked(&race, k);
    }
    race.is_over = true;
    for (size_t i = 0; i < SIGNERS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < REVOCATIONS; i++)
        check_revoked(&race, i);
    answer_cache_free(race.cache);
}

TEST(every_error_has_its_row)
{
    for (size_t i = 0; i < ERR_COUNT; i++) {
        assert_true(ocsp_error_rows[i].status != OCSP_SUCCESSFUL);
        assert_true(ocsp_error_rows[i].http_status >= 200);
    }
}
