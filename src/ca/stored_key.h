/*
 * stored_key - what keys/ asks for when it does not hold a key: its record in the store.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;
struct key_record;

/* For keys_options.load; context is a struct store **, set by the time the first key is asked
 * for. Errors: ERR_NOT_FOUND and those of the store. */
bool stored_key_load(void *context, const char *id, struct key_record *out,
                     struct error *err) MUST_CHECK;
