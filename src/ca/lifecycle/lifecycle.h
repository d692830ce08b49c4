/*
 * lifecycle - create, change, pause, resume, revoke and delete CAs; the state machine of the API.
 *
 * All of it [desk]: keys are made, certificates signed, rows and audit written in one
 * transaction, first CRLs published before the call returns. Errors name each value that cannot
 * be. pki-rules §2, §7. revision is the one that the CA must still have (ERR_PRECONDITION), 0 for
 * any.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/ca.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;

/* wanted holds what the client gave (names, type, key_size, hash, ekus, validity_years,
 * issuer_id, display_name, description, role_scope_tag_ids, is_internal). out is the whole row. */
bool ca_create(struct authority *authority, const struct actor *actor, const struct ca *wanted,
               time_t now, struct arena *arena, struct ca *out, struct error *err) MUST_CHECK;

/* display_name, description and role_scope_tag_ids of wanted; wanted->revision must be current
 * (0: whatever it is). */
bool ca_update(struct authority *authority, const struct actor *actor, const struct ca *wanted,
               time_t now, struct arena *arena, struct ca *out, struct error *err) MUST_CHECK;

/* Hides; see pki-rules §7. */
bool ca_delete(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, time_t now, struct error *err) MUST_CHECK;

/* status CA_ACTIVE or CA_PAUSED; version 0: the active one. */
bool ca_change_status(struct authority *authority, const struct actor *actor, const char *ca_id,
                      int64_t revision, int64_t status, int64_t version, time_t now,
                      struct arena *arena, struct ca *out, struct error *err) MUST_CHECK;

/* The API's revokeCloudCertificationAuthorityCertificate: paused, no live leaves. reason as in
 * x509/reason.h; keyCompromise and cACompromise skip both conditions. A staged or signingPending
 * version is cancelled so, and a retired one without live leaves ends so: the CA goes on. */
bool ca_revoke(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, int64_t version, int64_t reason, time_t now, struct arena *arena,
               struct ca *out, struct error *err) MUST_CHECK;

/* Another version with a new key, from half of the validity on, one pending at a time: staged, or
 * signingPending under an external root. Errors: ERR_CONFLICT, for roots too. renew.c */
bool ca_renew(struct authority *authority, const struct actor *actor, const char *ca_id,
              int64_t revision, time_t now, struct arena *arena, struct ca *out,
              struct error *err) MUST_CHECK;

/* The staged version becomes the active one, which is retired. version 0: the one that is staged.
 */
bool ca_activate(struct authority *authority, const struct actor *actor, const char *ca_id,
                 int64_t revision, int64_t version, time_t now, struct arena *arena, struct ca *out,
                 struct error *err) MUST_CHECK;

/* certificate: DER or PEM octets; chain: likewise, any order, up to and including the root. version
 * 0: the one that waits. */
bool ca_upload(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, int64_t version, struct bytes certificate,
               const struct bytes *chain, size_t count, time_t now, struct arena *arena,
               struct ca *out, struct error *err) MUST_CHECK;

/* SCEP settings of a CA: action cloudpki.configureScep. */
bool ca_configure_scep(struct authority *authority, const struct actor *actor, const char *ca_id,
                       int64_t revision, bool allow_sha1, bool allow_des, time_t now,
                       struct arena *arena, struct ca *out, struct error *err) MUST_CHECK;

/* The certificate and key (PEM) of the HTTPS listener, signed by the hidden internal CA, which is
 * made when absent; root_pem gets that CA's certificate. */
bool ca_issue_tls(struct authority *authority, const char *tenant_id, const char *const *names,
                  size_t count, time_t now, struct buf *pem, struct buf *root_pem,
                  struct error *err) MUST_CHECK;
