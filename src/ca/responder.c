#include "ca/responder.h"

#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "store/rows.h"
#include "store/store.h"

struct row {
    const char *text;
    enum key_type key_type; /* KEY_TYPE_NONE: no responder but the CA */
};

static const struct row rows[] = {
    [RESPONDER_P256] = { "p256", KEY_P256 },
    [RESPONDER_RSA] = { "rsa", KEY_RSA_2048 },
    [RESPONDER_CA] = { "ca", KEY_TYPE_NONE },
};

static bool may_issue(const struct issuer *issuer)
{
    return issuer->status == VERSION_ACTIVE || issuer->status == VERSION_STAGED ||
           issuer->status == VERSION_PAUSED;
}

/* A version that issues no more is asked about until the last certificate but its responders'
 * ends, and one whose key is destroyed not at all. */
static bool is_asked(struct authority *authority, const struct issuer *issuer, time_t now,
                     bool *out, struct error *err)
{
    time_t end;
    *out = issuer->key != NULL;
    if (!issuer->key || may_issue(issuer))
        return true;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session ||
        !leaves_latest_end(session, issuer->ca_id, issuer->number, LEAF_RESPONDER, &end, err))
        return false;
    *out = end >= now;
    return true;
}

bool responder_kind_from_text(const char *text, enum responder_kind *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (text_equal(rows[i].text, text)) {
            *out = (enum responder_kind)i;
            return true;
        }
    return false;
}

struct officer *responder_get(struct authority *authority, const struct issuer *issuer, time_t now,
                              struct error *err)
{
    if (authority->settings.responder == RESPONDER_CA)
        return officer_of_issuer(authority, issuer, LEAF_RESPONDER, err);
    return officer_get(authority, issuer->ca_id, issuer->number, LEAF_RESPONDER, now, err);
}

bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err)
{
    const struct office office = { .kind = LEAF_RESPONDER,
                                   .key_type = rows[authority->settings.responder].key_type };
    bool asked;
    if (office.key_type == KEY_TYPE_NONE)
        return true;
    return is_asked(authority, issuer, now, &asked, err) &&
           (!asked || officer_ensure(authority, issuer, &office, now, err));
}

bool responder_renew_due(void *authority, time_t now, struct error *err)
{
    return officers_renew(authority, NULL, responder_ensure, now, err);
}
