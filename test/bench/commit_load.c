/*
 * commit_load - how many issued certificates a second the store alone makes durable: the row and
 * its audit event, as signing writes them, through the group commit.
 *
 *     commit_load DATABASE-URL COUNT IN-FLIGHT
 *
 * prints {"commits": N, "seconds": S, "processor_us": P}, P of this process for each.
 */
#include "base/bytes.h"
#include "base/error.h"
#include "model/audit.h"
#include "model/leaf.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CERTIFICATE_OCTETS = 700, SERIAL_OCTETS = 16, QUEUE_MAX = 4096, VALIDITY_S = 31536000 };

struct load {
    sem_t places;
    int failed; /* atomic */
};

struct row {
    struct load *load;
    char id[64];
    time_t created_at;
    uint8_t serial[SERIAL_OCTETS];
    uint8_t certificate[CERTIFICATE_OCTETS];
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool insert(struct session *session, void *context, struct error *err)
{
    static const char *usages[] = { "DigitalSignature", "KeyEncipherment" };
    static const char *ekus[] = { "1.3.6.1.5.5.7.3.2" };
    const struct row *row = context;
    const struct leaf leaf = { .id = row->id,
                               .tenant_id = "tenant",
                               .ca_id = "ca",
                               .version = 1,
                               .kind = LEAF_DEVICE,
                               .serial = { row->serial, sizeof row->serial },
                               .subject_name = row->id,
                               .issuer_name = "O=Example,CN=Example Issuing CA",
                               .certificate = { row->certificate, sizeof row->certificate },
                               .thumbprint = "0123456789ABCDEF0123456789ABCDEF01234567",
                               .not_before = row->created_at,
                               .not_after = row->created_at + VALIDITY_S,
                               .device_name = row->id,
                               .key_usages = { usages, 2 },
                               .ekus = { ekus, 1 },
                               .created_at = row->created_at };
    const struct audit_event event = { .tenant_id = "tenant",
                                       .actor = "bench",
                                       .activity = "Issue",
                                       .object_type = "LeafCertificate",
                                       .object_id = row->id,
                                       .is_success = true,
                                       .at = row->created_at };
    return entity_insert(session, &leaf_entity, &leaf, err) && audit_insert(session, &event, err);
}

static void is_durable(void *context, const struct error *err)
{
    struct row *row = context;
    if (err->code != ERR_NONE)
        __atomic_fetch_add(&row->load->failed, 1, __ATOMIC_RELAXED);
    sem_post(&row->load->places);
}

/* Ids and times in their order, serials in none, as the server draws them. */
static void make(struct row *row, struct load *load, int number)
{
    uint64_t own = (uint64_t)getpid() << 32 | (uint64_t)number; /* in each run others */
    uint64_t mixed = (own + 1) * 0x9E3779B97F4A7C15u;
    row->load = load;
    snprintf(row->id, sizeof row->id, "%016lx-%016lx", (unsigned long)own, (unsigned long)mixed);
    row->created_at = time(NULL);
    memcpy(row->serial, &mixed, sizeof mixed);
    memcpy(row->serial + sizeof mixed, &own, sizeof own);
    memset(row->certificate, number, sizeof row->certificate);
}

static void must(bool ok, const struct error *err)
{
    if (ok)
        return;
    fprintf(stderr, "commit_load: %s\n", err->message);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: commit_load DATABASE-URL COUNT IN-FLIGHT\n");
        return 1;
    }
    struct error err = { .code = ERR_NONE };
    struct store *store =
        store_open(&(struct store_options){ .url = argv[1], .queue_max = QUEUE_MAX }, &err);
    must(store != NULL, &err);
    int count = atoi(argv[2]);
    unsigned places = (unsigned)atoi(argv[3]);
    struct row *rows = calloc((size_t)count, sizeof *rows);
    struct load load = { .failed = 0 };
    sem_init(&load.places, 0, places);
    double began = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < count; i++) {
        make(&rows[i], &load, i);
        sem_wait(&load.places);
        must(store_submit(store, &(struct write){ insert, is_durable, &rows[i] }, &err), &err);
    }
    for (unsigned i = 0; i < places; i++)
        sem_wait(&load.places);
    double took = seconds(CLOCK_MONOTONIC) - began;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    store_close(store);
    if (load.failed) {
        fprintf(stderr, "commit_load: %d of %d failed\n", load.failed, count);
        return 1;
    }
    printf("{\"commits\": %d, \"seconds\": %.4f, \"processor_us\": %.1f}\n", count, took,
           used / count * 1e6);
    return 0;
}
