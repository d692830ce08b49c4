/*
 * crl_row - a published CRL: header row and chunks, pki-rules §5, design §6.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum crl_kind { CRL_COMPLETE = 1, CRL_DELTA = 2 };

enum { CRL_CHUNK_OCTETS = 256 * 1024 };

struct crl_row {
    const char *id;
    const char *tenant_id;
    const char *ca_id;
    int64_t version;
    int64_t kind;
    int64_t shard; /* 0: not sharded */
    int64_t number;
    int64_t base_number; /* of a delta */
    time_t this_update;
    time_t next_update;
    int64_t entries;
    int64_t size;      /* octets */
    const char *etag;  /* hex of SHA-256, without quotes */
    bool is_scheduled; /* made by the timer */
    bool is_current;
};
