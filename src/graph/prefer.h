/*
 * prefer - what the caller would like to have, RFC 7240; OData §8.2.8, with or without "odata.".
 *
 * Preferences that are unknown or cannot be are passed over (§2), those that were met are told.
 */
#pragma once

#include <stdbool.h>

struct exchange;
struct preferences;

struct preferences {
    bool enum_members;  /* include-unknown-enum-members: past the sentinel */
    bool minimal;       /* return=minimal: no entity in the reply to a change */
    unsigned page_size; /* maxpagesize; 0: not asked for */
};

struct preferences preferences_read(const char *header);

/* Preference-Applied; no header when nothing was met. */
void preferences_tell(struct exchange *exchange, const struct preferences *met);
