#include "auth/auth.h"

#include "auth/auth_internal.h"
#include "base/memory.h"
#include "keys/keys.h"

struct auth *auth_new(const struct auth_options *options, struct error *err)
{
    (void)err; /* nothing here fails; the parts read what they need when they need it */
    struct auth *auth = memory_new(sizeof *auth);
    auth->store = options->store;
    auth->keys = options->keys;
    auth->settings.issuer = memory_text(options->settings.issuer);
    auth->settings.audience = memory_text(options->settings.audience);
    auth->tokens = tokens_new();
    auth->challenges = challenges_new();
    return auth;
}

static void free_text(const char *text)
{
    union {
        const char *constant;
        char *owned;
    } both = { .constant = text };
    memory_free(both.owned);
}

void auth_mac(struct auth *auth, const char *context, struct bytes data, uint8_t out[32])
{
    keys_mac(auth->keys, context, data, out);
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    tokens_free(auth->tokens);
    challenges_free(auth->challenges);
    free_text(auth->settings.issuer);
    free_text(auth->settings.audience);
    memory_free(auth);
}
