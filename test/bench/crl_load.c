/*
 * crl_load - what publishing a CA's revoked certificates costs, beside its floor in the same run.
 *
 *     crl_load DATABASE-URL MASTER-KEY-FILE CA-ID
 *
 * Measures: rows read in order + one SHA-256 pass over as
 * many octets as the list has + one signature (the floor), and publishing the complete list. Prints
 * {"entries": N, "octets": N, "floor_s": S, "publish_s": S, "memory_mib": M}.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/times.h"
#include "ca/authority.h"
#include "ca/issuer.h"
#include "ca/status/publish.h"
#include "ca/stored_key.h"
#include "keys/keys.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIECE_OCTETS = 256 * 1024 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(bool ok, const struct error *err)
{
    if (ok)
        return;
    fprintf(stderr, "crl_load: %s\n", err->message);
    exit(1);
}

/* The peak of resident memory in KiB; reset through clear_refs. */
static long peak_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            break;
    if (status)
        fclose(status);
    return kib;
}

static void reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

static bool count_row(const struct revocation *revocation, void *context, struct error *err)
{
    (void)err;
    *(long *)context += (long)revocation->serial.len > 0;
    return true;
}

static double floor_seconds(struct store *store, const struct issuer *issuer, uint64_t octets,
                            struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(store, err);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    static uint8_t piece[PIECE_OCTETS];
    uint8_t digest[DIGEST_OCTETS_MAX];
    unsigned len;
    long rows = 0;
    double began = seconds();
    must(session && revocations_each(session, issuer->ca_id, 0, 0, count_row, &rows, err), err);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, digest_md(DIGEST_SHA256), NULL);
    for (uint64_t done = 0; done < octets; done += PIECE_OCTETS)
        EVP_DigestUpdate(context, piece, PIECE_OCTETS);
    EVP_DigestFinal_ex(context, digest, &len);
    EVP_MD_CTX_free(context);
    must(key_sign(issuer->key, DIGEST_SHA256, (struct bytes){ digest, 32 }, signature, err), err);
    return seconds() - began;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct error err = { .code = ERR_NONE };
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *ca_id = argv[3];
    time_t now = times_now();
    struct pool *workers = pool_new("worker", 2, 64), *desk = pool_new("desk", 1, 64);
    struct metrics *metrics = metrics_new();
    struct store *store = store_open(&(struct store_options){ .url = argv[1],
                                                              .workers = workers,
                                                              .readers_max = 8,
                                                              .queue_max = 1024,
                                                              .metrics = metrics },
                                     &err);
    must(store != NULL, &err);
    uint8_t master[MASTER_KEY_OCTETS];
    must(keys_read_master(argv[2], false, master, &err), &err);
    struct keys *keys = keys_new(&(struct keys_options){ .master_key = BYTES_OF(master),
                                                         .load = stored_key_load,
                                                         .context = &store,
                                                         .generator_queue_max = 1,
                                                         .generator_wait_s = 1 },
                                 &err);
    must(keys != NULL, &err);
    struct authority_settings settings = authority_settings_default;
    settings.urls = (struct urls){ "http://localhost:8080", "https://localhost:8443" };
    struct authority *authority = authority_new(&(struct authority_options){ .store = store,
                                                                             .keys = keys,
                                                                             .workers = workers,
                                                                             .desk = desk,
                                                                             .metrics = metrics,
                                                                             .settings = settings },
                                                &err);
    must(authority != NULL, &err);
    SCOPED(issuer_release) struct issuer *issuer = issuer_get(authority, NULL, ca_id, 0, now, &err);
    must(issuer != NULL, &err);
    const struct publication publication = { issuer->tenant_id, ca_id, issuer->number,
                                             .complete = true };
    reset_peak();
    long before = peak_kib();
    double began = seconds();
    must(publish_crls(authority, &publication, now, &err), &err);
    double took = seconds() - began;
    long memory = peak_kib() - before;
    SCOPED(session_free) struct session *session = store_read(store, &err);
    struct crl_row row;
    must(session && crls_current(session, ca_id, issuer->number, CRL_COMPLETE, arena, &row, &err),
         &err);
    double least = floor_seconds(store, issuer, (uint64_t)row.size, &err);
    printf("{\"entries\": %lld, \"octets\": %lld, \"floor_s\": %.4f, \"publish_s\": %.4f,"
           " \"memory_mib\": %.1f}\n",
           (long long)row.entries, (long long)row.size, least, took, (double)memory / 1024);
    fflush(stdout);
    _Exit(0); /* the process was made for these numbers: nothing is left to save */
}
