/*
 * file - a small file the user named, whole.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct error;

/* "-" is standard input. ERR_TOO_LARGE past out's maximum. */
bool file_read(const char *path, struct buf *out, struct error *err) MUST_CHECK;
