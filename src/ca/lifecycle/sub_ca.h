/*
 * sub_ca - a CA version of ours signs a CA that is none of our versions: its key has a use of its
 * own, such as TLS inspection. Its certificate is on the lists of the CA that signed it, and OCSP
 * answers for it; pki-rules §2. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/leaf.h"
#include "store/record.h"
#include "x509/extension.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;
struct session;

struct signed_sub_ca {
    struct leaf leaf;   /* the row among what the CA issued */
    struct bytes chain; /* DER certificates end to end, the CA's first, the root's last */
};

struct sub_ca_order {
    const struct actor *actor;
    const char *ca_id; /* an active CA of ours */
    struct bytes csr;  /* DER */
    const struct oids *ekus;
    int64_t validity_days; /* 0: two years, or until the CA ends */
    /* Judges what was signed and prepares what else is written with it. */
    bool (*take)(const struct signed_sub_ca *sub_ca, void *context, struct error *err);
    record_fn *also; /* in the same transaction */
    void *context;
};

/* Errors: ERR_NOT_FOUND, ERR_CONFLICT for a CA that is not active or may have no CA below it, both
 * naming certificationAuthorityId; ERR_INVALID for a validity beyond its own. */
bool sub_ca_sign(struct authority *authority, const struct sub_ca_order *order, time_t now,
                 struct arena *arena, struct signed_sub_ca *out, struct error *err) MUST_CHECK;

/* For a write's run(): fine when it is revoked already, has ended or is forgotten. */
bool sub_ca_revoke(struct session *session, const struct actor *actor, const char *leaf_id,
                   int64_t reason, time_t now, struct error *err) MUST_CHECK;
/* After the commit. */
void sub_ca_revoke_tell(struct authority *authority, const char *ca_id);
