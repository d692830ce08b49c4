/*
 * memory - heap that is there, or the process ends with a sentence.
 *
 * For our own small objects. What a peer sizes is capped by a named constant first.
 */
#pragma once

#include "base/attributes.h"

#include <stddef.h>

void *memory_new(size_t len);                     /* zeroed */
void *memory_new_array(size_t count, size_t len); /* zeroed; count * len may not overflow */
void *memory_resize(void *old, size_t len);
char *memory_text(const char *text); /* a copy; NULL gives NULL */
void memory_free(void *p);           /* NULL is fine */
DEFINE_SCOPED(char *, memory_free)
