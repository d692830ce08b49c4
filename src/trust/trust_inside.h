/*
 * trust_inside - what the files of trust/ share; nobody else includes it.
 */
#pragma once

#include "base/random.h"
#include "http/fetch.h"
#include "model/audit.h"
#include "trust/trust.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct session;

typedef bool fetch_fn(const char *url, const struct fetch_limits *limits, struct fetch_answer *out,
                      struct error *err);

struct trust {
    struct store *store;
    char *hosts_text;
    const char **hosts; /* in hosts_text; ends with NULL */
    fetch_fn *fetch;    /* fetch_get, but for tests */
    char holder[UUID_TEXT_OCTETS];
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* is_waiting */
    pthread_cond_t wake;
    bool is_waiting; /* an upload was begun */
    atomic_bool is_stopping;
};

/* Wakes the thread. */
void trust_wake(struct trust *trust);

#define PKI_TYPE        "CertificateBasedAuthPki"
#define TRUSTED_CA_TYPE "CertificateAuthorityDetail"

struct anchor;
struct arena;
struct trusted_ca;

/* The row that an anchor becomes. */
struct trusted_ca trusted_ca_of(const struct anchor *anchor, const char *tenant_id,
                                const char *pki_id, time_t now, struct arena *arena);

/* Inside a write: into its PKI, which must be there and have room, unless it holds it already.
 * *added false: the CA's own upload brought it before. ERR_CONFLICT when another did. */
bool trusted_ca_insert(struct session *session, const struct trusted_ca *ca, time_t now,
                       bool *added, struct error *err) MUST_CHECK;
