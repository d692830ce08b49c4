/*
 * destination - where a rule of TLS inspection looks: host names, or categories of sites.
 *
 * Pure. A host name is a full one in its ASCII form (RFC 5890 §2.3.2.1), "*." before it or not.
 * Errors: ERR_INVALID naming the value.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

/* "www.example.com", "*.example.com": labels of RFC 1123 §2.1, two at least, the last no number. */
bool destination_is_fqdn(const char *text);

/* Judges a list of struct tls_destination, and gives each type its proper name; count: values in
 * all of them. */
bool destinations_take(struct list *destinations, int64_t *count, struct error *err) MUST_CHECK;
