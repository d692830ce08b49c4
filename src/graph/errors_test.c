#include "unit/unit.h"

#include "graph/errors.h"

#include <string.h>

TEST(errors_have_a_row_each)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        for (int workload = 0; workload < WORKLOAD_COUNT; workload++) {
            const char *text = graph_error_rows[code].text[workload];
            assert_non_null(text);
            assert_true(strlen(text) > 0);
        }
    }
}
