/*
 * fixture - a fresh store for each test, on SQLite and, where TEST_POSTGRES names a server, on
 * PostgreSQL in a schema of its own. For tests only; include it after unit/unit.h.
 *
 * STORE_TEST(name) { … fixture->store … } makes two tests, name_on_sqlite and name_on_postgres.
 */
#pragma once

#include "model/ca.h"
#include "model/challenge.h"
#include "model/enrolment.h"
#include "model/leaf.h"
#include "store/store.h"

#include <stdatomic.h>

struct arena;
struct session;

struct fixture {
    struct store *store;
    struct pool *workers;
    struct arena *arena;
    char url[512];
    char place[64]; /* directory, or schema */
    bool is_sqlite;
};

enum fixture_database { ON_SQLITE, ON_POSTGRES };

typedef void fixture_body_fn(struct fixture *fixture);
void fixture_run(enum fixture_database database, fixture_body_fn *body);

#define STORE_TEST(test_name)                             \
    static void test_name##_run(struct fixture *fixture); \
    TEST(test_name##_on_sqlite)                           \
    {                                                     \
        fixture_run(ON_SQLITE, test_name##_run);          \
    }                                                     \
    TEST(test_name##_on_postgres)                         \
    {                                                     \
        fixture_run(ON_POSTGRES, test_name##_run);        \
    }                                                     \
    static void test_name##_run(struct fixture *fixture)

/* Closes and opens again, as a restart does. */
void fixture_restart(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_open(struct fixture *fixture);

/* Ends the server's side of all of this store's connections. */
void fixture_cut_connections(const struct fixture *fixture);

/* A write that must succeed. */
void fixture_write(struct fixture *fixture, bool (*run)(struct session *, void *, struct error *),
                   void *context);
void fixture_insert(struct fixture *fixture, const struct entity *entity, const void *object);

/* The tenant "t1", the CA "ca1" and its active version 1, valid until FIXTURE_END. */
enum { FIXTURE_NOW = 1000000, FIXTURE_END = 2000000 };
void fixture_add_ca(struct fixture *fixture);

struct ca fixture_ca(const char *id);
struct leaf fixture_leaf(struct fixture *fixture, const char *id);
struct challenge fixture_challenge(const char *id, struct bytes secret_mac);
struct enrolment fixture_enrolment(const char *id, struct bytes transaction);

/* Counts done() calls and keeps what they said; waits for a number of them. */
struct tally;
struct tally *tally_new(void);
void tally_done(void *tally, const struct error *err); /* a write's done */
void tally_wait(struct tally *tally, int count);
int tally_good(struct tally *tally);
int tally_failed_with(struct tally *tally, enum error_code code);
void tally_free(struct tally *tally);
