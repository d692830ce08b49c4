#include "fuzz/differential.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (differ_crl((struct bytes){ data, len }))
        abort();
    return 0;
}
