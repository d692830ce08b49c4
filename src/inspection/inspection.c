#include "inspection/inspection.h"

#include "base/memory.h"
#include "base/text.h"
#include "inspection/inspection_inside.h"

static const struct {
    const char *text;
    enum key_type type;
} key_types[] = { { "rsa2048", KEY_RSA_2048 }, { "p256", KEY_P256 } };

bool inspection_key_type_from_text(const char *text, enum key_type *out)
{
    for (size_t i = 0; i < ARRAY_LEN(key_types); i++)
        if (text_equal(key_types[i].text, text)) {
            *out = key_types[i].type;
            return true;
        }
    return false;
}

struct inspection *inspection_new(const struct inspection_options *options)
{
    struct inspection *inspection = memory_new(sizeof *inspection);
    inspection->options = *options;
    return inspection;
}

void inspection_free(struct inspection *inspection)
{
    memory_free(inspection);
}
