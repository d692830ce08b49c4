#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NORETURN void out_of_memory(size_t len)
{
    fprintf(stderr, "cloudpki: out of memory: %zu octets could not be had\n", len);
    abort();
}

void *memory_new(size_t len)
{
    return memory_new_array(1, len);
}

void *memory_new_array(size_t count, size_t len)
{
    void *p = calloc(count ? count : 1, len ? len : 1);
    if (!p)
        out_of_memory(count * len);
    return p;
}

void *memory_resize(void *old, size_t len)
{
    void *p = realloc(old, len ? len : 1);
    if (!p)
        out_of_memory(len);
    return p;
}

char *memory_text(const char *text)
{
    if (!text)
        return NULL;
    size_t len = strlen(text) + 1;
    return memcpy(memory_new(len), text, len);
}

void memory_free(void *p)
{
    free(p);
}
