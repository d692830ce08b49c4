#include "fuzz/differential_cms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (differ_ber((struct bytes){ data, len }))
        abort();
    return 0;
}
