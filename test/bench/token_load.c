/*
 * token_load - what a token costs: one seen before, and a new one against its signature check.
 *
 *     token_load DIRECTORY
 *
 * prints {"seen_us": N, "new_us": N, "signature_us": N} of processor time on one thread. The
 * directory holds the database of the authority; the tokens are its own, ES256.
 */
#include "auth/auth.h"
#include "auth/jose.h"
#include "auth/jwt.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "keys/keys.h"
#include "store/rows.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NOW = 1700000000, NEW_TOKENS = 4000, SEEN_ROUNDS = 200000 };

static const char tenant[] = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

static bool load_key(void *context, const char *id, struct key_record *out, struct error *err)
{
    struct key_row row;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(*(struct store **)context, err);
    if (!session || !keys_find(session, id, arena, &row, err))
        return false;
    snprintf(out->id, sizeof out->id, "%s", row.id);
    out->type = key_type_from_text(row.type);
    out->purpose = key_purpose_from_text(row.purpose);
    out->spki = buf_copy(row.spki);
    out->sealed = buf_copy(row.private_sealed);
    return true;
}

static void need(bool is_good, const struct error *err)
{
    if (is_good)
        return;
    fprintf(stderr, "token_load: %s\n", err->message);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *issue(struct auth *auth, struct arena *arena)
{
    static const char *scopes[] = { "DeviceManagementCloudCA.ReadWrite.All",
                                    "PublicKeyInfrastructure.ReadWrite.All" };
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    const struct token_request request = {
        .tenant_id = tenant, .subject = "bench", .scopes = { scopes, 2 }, .lifetime_s = 3600
    };
    need(token_issue(auth, &request, NOW, token, &err), &err);
    return arena_text(arena, buf_text(token));
}

static double verify_all(struct auth *auth, const char *const *tokens, size_t count, size_t rounds)
{
    struct error err = { .code = ERR_NONE };
    double from = seconds();
    for (size_t i = 0; i < rounds; i++) {
        struct caller caller;
        SCOPED(arena_free) struct arena *arena = arena_new();
        need(token_verify(auth, tokens[i % count], NOW, arena, &caller, &err), &err);
    }
    return (seconds() - from) * 1e6 / (double)rounds;
}

/* The same check with a key of the same kind, over as many octets. */
static double check_signatures(size_t octets)
{
    struct error err = { .code = ERR_NONE };
    uint8_t message[TOKEN_OCTETS_MAX] = { 0 };
    uint8_t der[128];
    size_t len = sizeof der;
    SCOPED(buf_free) struct buf *text = buf_new(TOKEN_OCTETS_MAX);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key);
    EVP_DigestSign(context, der, &len, message, octets);
    EVP_MD_CTX_free(context);
    double from = seconds();
    for (size_t i = 0; i < NEW_TOKENS; i++) {
        context = EVP_MD_CTX_new();
        bool is_good = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                       EVP_DigestVerify(context, der, len, message, octets) == 1;
        EVP_MD_CTX_free(context);
        need(is_good || fail(&err, ERR_INTERNAL, "the signature does not verify"), &err);
    }
    EVP_PKEY_free(key);
    return (seconds() - from) * 1e6 / NEW_TOKENS;
}

int main(int argc, char **argv)
{
    static const uint8_t master[MASTER_KEY_OCTETS] = { 1 };
    static const char *tokens[NEW_TOKENS];
    struct error err = { .code = ERR_NONE };
    if (argc != 2)
        return 2;
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct store *store = store_open(
        &(struct store_options){ .url = arena_format(arena, "sqlite:%s/tokens.db", argv[1]),
                                 .readers_max = 4,
                                 .queue_max = 64 },
        &err);
    need(store != NULL, &err);
    struct keys *keys = keys_new(&(struct keys_options){ .master_key = BYTES_OF(master),
                                                         .load = load_key,
                                                         .context = &store,
                                                         .generator_queue_max = 8,
                                                         .generator_wait_s = 60 },
                                 &err);
    need(keys != NULL, &err);
    struct auth *auth = auth_new(
        &(struct auth_options){
            .store = store,
            .keys = keys,
            .settings = { .issuer = "https://pki.example/{tenant}/v2.0", .audience = "cloudpki" } },
        &err);
    need(auth != NULL, &err);
    for (size_t i = 0; i < NEW_TOKENS; i++)
        tokens[i] = issue(auth, arena);
    double signature_us = check_signatures(strlen(tokens[0]) - 87);
    double new_us = verify_all(auth, tokens, NEW_TOKENS, NEW_TOKENS);
    double seen_us = verify_all(auth, &tokens[NEW_TOKENS - 1], 1, SEEN_ROUNDS);
    printf("{\"seen_us\": %.2f, \"new_us\": %.1f, \"signature_us\": %.1f}\n", seen_us, new_us,
           signature_us);
    auth_free(auth);
    store_close(store);
    keys_free(keys);
    return 0;
}
