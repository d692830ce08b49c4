/*
 * x509_settings - whether the settings of certificate sign-in mean something: bindings of fields
 * to properties, rules, scopes, exemptions and targets.
 *
 * Pure: whether the users and groups named exist is for x509_methods.h. Errors: ERR_INVALID naming
 * the member.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct x509_method;

/* A binding without an affinity gets that of its field. */
bool x509_settings_check(struct x509_method *method, struct error *err) MUST_CHECK;
