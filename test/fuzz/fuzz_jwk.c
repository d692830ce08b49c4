#include "auth/jwk.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A token of nobody's, for every key that a set gives. */
static const char token[] = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.e30."
                            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
                            "KTUJqPP3-Kg6NU1Q";

static void try_key(const struct jwk *jwk)
{
    struct jwt jwt;
    struct error err = { .code = ERR_NONE };
    if (!jwk->algorithms || (jwk->algorithms & ~jose_algorithms_of(jwk->key)))
        abort();
    if (jwt_parse(token, &jwt, &err) && jwt_verify(&jwt, jwk->key, jwk->algorithms, &err))
        abort();
    jwt_clear(&jwt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(jwk_set_free) struct jwk_set *set = jwk_set_parse((struct bytes){ data, len }, &err);
    if (!set != (err.code != ERR_NONE))
        abort();
    for (size_t i = 0; set && i < set->count; i++)
        try_key(&set->keys[i]);
    return 0;
}
