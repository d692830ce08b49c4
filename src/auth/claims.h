/*
 * claims - what a token's payload must say, and the caller it makes; RFC 7519 §4.1, RFC 9068.
 *
 * Pure: time, issuer and audience are given. Errors: ERR_UNAUTHENTICATED, one sentence each.
 */
#pragma once

#include "auth/token.h"
#include "base/attributes.h"

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

struct arena;
struct auth_settings;
struct error;

enum { CLAIMS_LEEWAY_S = 60, CLAIMS_TEXT_OCTETS_MAX = 256, CLAIMS_SCOPES_MAX = 64 };

/* "{tenant}" in the issuer of the settings stands for tenant_id. */
void claims_issuer(const struct auth_settings *settings, const char *tenant_id, struct buf *out);

bool claims_check(const json_t *claims, const struct auth_settings *settings, time_t now,
                  struct arena *arena, struct caller *out, struct error *err) MUST_CHECK;

/* The payload of a token for this request. id: jti. */
void claims_write(const struct token_request *request, const struct auth_settings *settings,
                  const char *id, time_t now, struct buf *out);
