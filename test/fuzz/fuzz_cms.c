#include "fuzz/differential_cms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes ber = { data, len };
    if (differ_signed_data(ber) || differ_enveloped_data(ber))
        abort();
    return 0;
}
