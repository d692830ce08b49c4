#include "unit/unit.h"

#include "graph/errors.h"

#include <string.h>

TEST(errors_have_a_row_each)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        assert_non_null(graph_error_rows[code].intune);
        assert_true(strlen(graph_error_rows[code].intune) > 0);
    }
}
