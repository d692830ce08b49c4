/*
 * value - one scalar on its way to or from the database.
 */
#pragma once

#include "base/bytes.h"

#include <stdint.h>

enum value_type { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BLOB };

struct value {
    enum value_type type;
    int64_t integer;
    const char *text; /* NUL-terminated UTF-8 */
    struct bytes blob;
};

#define V_NULL    ((struct value){ .type = VALUE_NULL })
#define V_INT(i)  ((struct value){ .type = VALUE_INT, .integer = (i) })
#define V_TEXT(t) ((struct value){ .type = VALUE_TEXT, .text = (t) })
#define V_BLOB(b) ((struct value){ .type = VALUE_BLOB, .blob = (b) })
