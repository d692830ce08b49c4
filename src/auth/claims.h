/*
 * claims - what a token's payload must say, and the caller it makes; RFC 7519 §4.1, RFC 9068.
 *
 * Pure: time and the rules of the issuer are given. Errors: ERR_UNAUTHENTICATED, one sentence
 * each.
 */
#pragma once

#include "auth/provider.h"
#include "auth/token.h"
#include "base/attributes.h"

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

struct arena;
struct auth_settings;
struct error;

enum { CLAIMS_LEEWAY_S = 60, CLAIMS_TEXT_OCTETS_MAX = 256, CLAIMS_SCOPES_MAX = 256 };

/* The rules for tokens of our own authority. */
struct provider_settings claims_rules(const struct auth_settings *settings, struct arena *arena);

/* "{tenant}" in the issuer of the settings stands for tenant_id. */
void claims_issuer(const char *issuer, const char *tenant_id, struct buf *out);

/* Does the payload name an issuer of these rules? Says nothing about its truth. */
bool claims_are_of(const json_t *claims, const struct provider_settings *rules);

bool claims_check(const json_t *claims, const struct provider_settings *rules, time_t now,
                  struct arena *arena, struct caller *out, struct error *err) MUST_CHECK;

/* exp, nbf and iat at `now`; those that are there, exp always. */
bool claims_check_times(const json_t *claims, time_t now, time_t *expires_at,
                        struct error *err) MUST_CHECK;

/* Is the text one of the audiences, or the list's? RFC 7519 §4.1.3. */
bool claims_name_audience(const json_t *claims, const char *audience);

/* The payload of a token for this request. id: jti. */
void claims_write(const struct token_request *request, const struct auth_settings *settings,
                  const char *id, time_t now, struct buf *out);
