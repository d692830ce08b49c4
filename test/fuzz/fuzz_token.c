#include "auth/auth.h"
#include "auth/claims.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/error.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct auth_settings settings = { .issuer = "https://pki.example/{tenant}/v2.0",
                                                   .audience = "cloudpki" };
    struct jwt jwt;
    struct caller caller;
    struct error err = { 0 };
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct provider_settings rules = claims_rules(&settings, arena);
    bool is_good = jwt_parse(arena_text_of(arena, (struct bytes){ data, len }), &jwt, &err);
    if (is_good)
        is_good = claims_check(jwt.claims, &rules, 1700000000, arena, &caller, &err);
    jwt_clear(&jwt);
    if (is_good == (err.code != ERR_NONE))
        abort();
    return 0;
}
