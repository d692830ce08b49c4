/*
 * keep - row functions that queries share: what they keep of a row.
 */
#pragma once

#include "store/statement.h"

struct arena;

struct kept_text {
    struct arena *arena;
    const char *text; /* of the last row, NULL without one or for a NULL */
};

row_fn keep_text; /* context: struct kept_text */
row_fn keep_int;  /* context: int64_t */
row_fn note_row;  /* context: bool, true when there is a row */
row_fn count_row; /* context: int64_t, one more per row */
