/*
 * world - a store, keys and an authority for tests, a root and an issuing CA in it, and devices
 * that ask for certificates. For tests only; include it after unit/unit.h.
 *
 * WORLD_TEST(name) { … world … } makes two tests, one per database. Keys are P-256.
 */
#pragma once

#include "ca/authority_inside.h"
#include "ca/issue/issue.h"
#include "ca/lifecycle/lifecycle.h"
#include "model/ca.h"
#include "model/challenge.h"
#include "model/crl_row.h"
#include "store/fixture.h"
#include "x509/crl.h"
#include "x509/csr.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#define WORLD_TENANT "11111111-2222-4333-8444-555555555555"

enum { WORLD_NOW = 1750000000 }; /* 2025-06-15T15:06:40Z */

struct world {
    struct fixture *fixture;
    struct keys *keys;
    struct authority *authority;
    struct arena *arena;
    struct actor actor;
    time_t now;
    struct error err; /* of the last call that failed */
};

typedef void world_body_fn(struct world *world);
void world_run(struct fixture *fixture, world_body_fn *body);

#define WORLD_TEST(test_name)                           \
    static void test_name##_world(struct world *world); \
    STORE_TEST(test_name)                               \
    {                                                   \
        world_run(fixture, test_name##_world);          \
    }                                                   \
    static void test_name##_world(struct world *world)

/* ---- CAs ---- */

/* What is right as it stands: spoil one member and try. */
struct ca world_wish(int64_t type, const char *common_name, const char *issuer_id);
/* ERR_NONE, or why it failed; the message is in world->err. */
enum error_code world_create(struct world *world, const struct ca *wish, struct ca *out);
struct ca world_root(struct world *world);    /* "Test Root", 20 years, made on first use */
struct ca world_issuing(struct world *world); /* "Test Issuing" under it, 10 years */
struct ca world_get(struct world *world, const char *ca_id);
struct ca_version world_version(struct world *world, const char *ca_id);
struct issuer;
struct issuer *world_issuer(struct world *world, const char *ca_id); /* issuer_release it */

/* ---- devices ---- */

struct csr_wish {
    EVP_PKEY *key;       /* NULL: a fresh P-256 */
    const char *subject; /* RFC 4514; NULL: empty */
    const char *sans[4];
    const char *ekus[4];
    struct bytes extensions; /* more, as they are */
};
const struct csr *world_csr(struct world *world, const struct csr_wish *wish);
EVP_PKEY *world_key(void); /* the caller frees it */

/* Stored, with uses for all; change what the test is about before world_grant. */
struct challenge world_challenge(struct world *world, const char *ca_id, const char *subject);
const struct grant *world_grant(struct world *world, const struct challenge *challenge);

/* Waits for done(); the outcome's octets are in the world's arena. */
struct issued world_issue(struct world *world, const struct issue_request *request);
struct issue_request world_request(struct world *world, const struct grant *grant,
                                   const struct csr *csr);
/* A leaf of this CA for "CN=name", which must succeed. */
struct leaf world_leaf(struct world *world, const char *ca_id, const char *name);
struct leaf world_stored(struct world *world, const char *leaf_id);

/* How many audit rows have this activity. */
int64_t world_audits(struct world *world, const char *activity);

/* ---- lists as relying parties see them ---- */

struct list_seen {
    struct crl_row row;
    struct bytes der; /* in the world's arena */
    struct crl crl;
    int chunks;
};

/* false if there is none. */
bool world_find_list(struct world *world, const char *ca_id, int64_t version, int64_t kind,
                     struct list_seen *out);
struct list_seen world_list(struct world *world, const char *ca_id, int64_t kind); /* version 1 */
bool world_is_listed(const struct list_seen *seen, struct bytes serial);

/* ---- certificates ---- */

struct certificate;
struct certificate world_parse(struct world *world, struct bytes der);
X509 *world_x509(struct bytes der); /* the caller frees it */
/* X509_V_OK, or what OpenSSL has against leaf, chain (end to end, root last) at that time. */
int world_verify(struct bytes leaf, struct bytes chain, time_t now);
/* The subject, RFC 4514, in the world's arena. */
const char *world_subject(struct world *world, struct bytes der);
