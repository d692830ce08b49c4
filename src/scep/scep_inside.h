/*
 * scep_inside - what the files of scep/ share; nobody else includes it.
 */
#pragma once

#include "scep/scep.h"

#include <stddef.h>

struct metric;

enum scep_result {
    SCEP_RESULT_SUCCESS,
    SCEP_RESULT_PENDING,
    SCEP_RESULT_FAILURE,
    SCEP_RESULT_ERROR,
    SCEP_RESULT_COUNT
};

extern const char *const scep_result_texts[SCEP_RESULT_COUNT];

enum { SCEP_KINDS_MAX = 8 };

struct scep {
    struct authority *authority;
    struct auth *auth;
    struct store *store;
    struct metric *counters[SCEP_KINDS_MAX][SCEP_RESULT_COUNT];
};
