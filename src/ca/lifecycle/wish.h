/*
 * wish - what ca_create was asked for, checked whole and translated; pki-rules §1, §2.
 *
 * The message of ERR_INVALID names every value that cannot be, by its name in the API.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "model/ca.h"
#include "x509/algorithm.h"
#include "x509/extension.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;

enum { CA_YEARS_MAX = 50 };

struct wish {
    const struct ca *wanted;
    struct issuer *parent; /* an own reference; NULL for roots and external roots */
    const char *parent_common_name;
    const char *root_common_name;
    const char *common_name_folded;
    struct bytes subject; /* Name DER */
    struct oids ekus;
    enum key_type key_type;
    enum digest digest; /* the CA signs with */
    struct validity validity;
};

/* ERR_INVALID; ERR_CONFLICT when the name is taken; ERR_QUOTA. */
bool wish_check(struct authority *authority, const struct actor *actor, const struct ca *wanted,
                time_t now, struct arena *arena, struct wish *out, struct error *err) MUST_CHECK;
void wish_clear(struct wish *wish);

/* What may change later is checked alike: displayName, description, roleScopeTagIds. */
bool wish_check_texts(const struct ca *wanted, struct error *err) MUST_CHECK;
