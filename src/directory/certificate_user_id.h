/*
 * certificate_user_id - the texts in certificateUserIds: "X509:<PN>bob@contoso.com" and the like,
 * each naming certificates by one or two of their fields.
 *
 * Pure; form only. Errors: ERR_INVALID.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;

bool certificate_user_id_check(const char *text, struct error *err) MUST_CHECK;
