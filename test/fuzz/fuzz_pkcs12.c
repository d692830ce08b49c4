#include "base/error.h"
#include "x509/pkcs12.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { 0 };
    struct pkcs12 opened;
    bool is_open = pkcs12_open((struct bytes){ data, len }, "fuzz", &opened, &err);
    if (is_open != (err.code == ERR_NONE) || is_open != (opened.key && opened.certificate))
        abort();
    pkcs12_clear(&opened);
    return 0;
}
