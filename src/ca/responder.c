#include "ca/responder.h"

#include "ca/issuer.h"
#include "ca/mint.h"

struct officer *responder_get(struct authority *authority, const struct issuer *issuer, time_t now,
                              struct error *err)
{
    return officer_get(authority, issuer->ca_id, issuer->number, LEAF_RESPONDER, now, err);
}

/* A version whose key is destroyed answers for nobody any more. */
bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err)
{
    static const struct office office = { .kind = LEAF_RESPONDER, .key_type = KEY_P256 };
    return !issuer->key || officer_ensure(authority, issuer, &office, now, err);
}

bool responder_renew_due(void *authority, time_t now, struct error *err)
{
    return officers_renew(authority, NULL, responder_ensure, now, err);
}
