#include "unit/unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "store/entity.h"
#include "store/fixture.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reading is slow under a sanitizer on a busy machine. */
enum { WORKERS = 2, WORKERS_QUEUE = 10000, PATH_OCTETS = 512, READ_MS_MAX = 60000 };

/* ---- databases ---- */

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

PRINTF_LIKE(1, 2)
static void server_exec(const char *format, ...)
{
    char sql[PATH_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    PGconn *server = PQconnectdb(getenv("TEST_POSTGRES"));
    PQsetNoticeProcessor(server, ignore_notice, NULL);
    PGresult *result = PQexec(server, sql);
    bool is_done =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!is_done)
        unit_fail("%s: %s", sql, PQerrorMessage(server));
    PQclear(result);
    PQfinish(server);
}

static void make_place(struct fixture *fixture)
{
    if (fixture->is_sqlite) {
        snprintf(fixture->place, sizeof fixture->place, "/tmp/store_test.XXXXXX");
        assert_non_null(mkdtemp(fixture->place));
        snprintf(fixture->url, sizeof fixture->url, "sqlite:%s/test.db", fixture->place);
        return;
    }
    uint8_t random[4];
    random_fill(random, sizeof random);
    snprintf(fixture->place, sizeof fixture->place, "t_%02x%02x%02x%02x", random[0], random[1],
             random[2], random[3]);
    server_exec("CREATE SCHEMA %s", fixture->place);
    snprintf(fixture->url, sizeof fixture->url,
             "%s&options=-csearch_path%%3D%s&application_name=%s", getenv("TEST_POSTGRES"),
             fixture->place, fixture->place);
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        char name[PATH_OCTETS];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(name);
    }
    closedir(directory);
    rmdir(path);
}

static void remove_place(struct fixture *fixture)
{
    if (fixture->is_sqlite)
        remove_directory(fixture->place);
    else
        server_exec("DROP SCHEMA %s CASCADE", fixture->place);
}

void fixture_cut_connections(const struct fixture *fixture)
{
    server_exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = '%s'",
                fixture->place);
}

/* ---- a store ---- */

void fixture_open(struct fixture *fixture)
{
    struct error err = { .code = ERR_NONE };
    const struct store_options options = { .url = fixture->url,
                                           .workers = fixture->workers,
                                           .read_ms_max = READ_MS_MAX };
    fixture->store = store_open(&options, &err);
    unit_ok(fixture->store != NULL, &err);
}

void fixture_close(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

void fixture_run(enum fixture_database database, fixture_body_fn *body)
{
    if (database == ON_POSTGRES && !getenv("TEST_POSTGRES"))
        skip();
    struct fixture fixture = { .is_sqlite = database == ON_SQLITE };
    make_place(&fixture);
    fixture.workers = pool_new("test", WORKERS, WORKERS_QUEUE);
    fixture.arena = arena_new();
    fixture_open(&fixture);
    body(&fixture);
    fixture_close(&fixture);
    pool_free(fixture.workers);
    arena_free(fixture.arena);
    remove_place(&fixture);
}

void fixture_restart(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

void fixture_write(struct fixture *fixture, bool (*run)(struct session *, void *, struct error *),
                   void *context)
{
    struct error err = { .code = ERR_NONE };
    unit_ok(store_write(fixture->store, run, context, &err), &err);
}

struct insertion {
    const struct entity *entity;
    const void *object;
};

static bool run_insertion(struct session *session, void *context, struct error *err)
{
    const struct insertion *insertion = context;
    return entity_insert(session, insertion->entity, insertion->object, err);
}

void fixture_insert(struct fixture *fixture, const struct entity *entity, const void *object)
{
    struct insertion insertion = { entity, object };
    fixture_write(fixture, run_insertion, &insertion);
}

/* ---- objects ---- */

static const uint8_t octets[32] = { 0x30, 0x82, 0x01 };

struct ca fixture_ca(const char *id)
{
    return (struct ca){
        .id = id,
        .tenant_id = "t1",
        .display_name = "Devices",
        .type = CA_ISSUING,
        .status = CA_ACTIVE,
        .issuer_id = "root",
        .not_before = 1,
        .not_after = FIXTURE_END,
        .common_name = id,
        .common_name_folded = id,
        .subject_name = "CN=Devices",
        .active_version = 1,
        .version_number = 1,
        .revision = 1,
        .created_at = FIXTURE_NOW,
    };
}

void fixture_add_ca(struct fixture *fixture)
{
    struct ca ca = fixture_ca("ca1");
    struct ca_version version = {
        .id = "ca1_1",
        .tenant_id = "t1",
        .ca_id = "ca1",
        .number = 1,
        .status = VERSION_ACTIVE,
        .key_id = "key",
        .certificate = BYTES_OF(octets),
        .parent_id = "root_1",
        .not_after = FIXTURE_END,
    };
    fixture_insert(fixture, &ca_entity, &ca);
    fixture_insert(fixture, &ca_version_entity, &version);
}

/* Its serial is drawn. */
struct leaf fixture_leaf(struct fixture *fixture, const char *id)
{
    uint8_t serial[16];
    random_fill(serial, sizeof serial);
    serial[0] = 0x40;
    return (struct leaf){
        .id = id,
        .tenant_id = "t1",
        .ca_id = "ca1",
        .version = 1,
        .kind = LEAF_DEVICE,
        .serial = arena_bytes(fixture->arena, BYTES_OF(serial)),
        .subject_name = "CN=device",
        .issuer_name = "CN=Devices",
        .certificate = BYTES_OF(octets),
        .thumbprint = "00",
        .not_before = 1,
        .not_after = FIXTURE_END,
        .created_at = FIXTURE_NOW,
    };
}

struct challenge fixture_challenge(const char *id, struct bytes secret_mac)
{
    return (struct challenge){
        .id = id,
        .tenant_id = "t1",
        .ca_id = "ca1",
        .secret_mac = secret_mac,
        .uses_max = 1,
        .expires_at = FIXTURE_END,
        .created_by = "test",
        .created_at = FIXTURE_NOW,
    };
}

struct enrolment fixture_enrolment(const char *id, struct bytes transaction)
{
    return (struct enrolment){
        .id = id,
        .tenant_id = "t1",
        .ca_id = "ca1",
        .message_type = 19,
        .transaction = transaction,
        .request = BYTES_OF(octets),
        .public_key = BYTES_OF(octets),
        .status = ENROLMENT_ISSUED,
        .expires_at = FIXTURE_END,
        .created_at = FIXTURE_NOW,
    };
}

/* ---- tally ---- */

struct tally {
    pthread_mutex_t lock;
    pthread_cond_t has_more;
    int count;
    int by_code[ERR_COUNT];
};

struct tally *tally_new(void)
{
    struct tally *tally = memory_new(sizeof *tally);
    pthread_mutex_init(&tally->lock, NULL);
    pthread_cond_init(&tally->has_more, NULL);
    return tally;
}

void tally_done(void *context, const struct error *err)
{
    struct tally *tally = context;
    pthread_mutex_lock(&tally->lock);
    tally->count++;
    tally->by_code[err->code]++;
    pthread_cond_signal(&tally->has_more);
    pthread_mutex_unlock(&tally->lock);
}

void tally_wait(struct tally *tally, int count)
{
    pthread_mutex_lock(&tally->lock);
    while (tally->count < count)
        pthread_cond_wait(&tally->has_more, &tally->lock);
    pthread_mutex_unlock(&tally->lock);
}

int tally_failed_with(struct tally *tally, enum error_code code)
{
    pthread_mutex_lock(&tally->lock);
    int count = tally->by_code[code];
    pthread_mutex_unlock(&tally->lock);
    return count;
}

int tally_good(struct tally *tally)
{
    return tally_failed_with(tally, ERR_NONE);
}

void tally_free(struct tally *tally)
{
    pthread_mutex_destroy(&tally->lock);
    pthread_cond_destroy(&tally->has_more);
    memory_free(tally);
}
