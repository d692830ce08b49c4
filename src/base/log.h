/*
 * log - one line per event on standard error: key=value, peers' text escaped.
 *
 *     time=2025-02-13T10:17:06Z level=info event=ca.created request=… object=… result=ok
 *
 * error: someone must act; warning: refused or degraded; info: state changed. The edge logs,
 * nobody below it. Thread-safe; a line is written whole. No secrets.
 */
#pragma once

#include "base/attributes.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
    const char *key;
    const char *value; /* NULL: the field is left out */
};

/* Lines below this level are dropped. The one process-wide setting; set at start-up. */
void log_set_level(enum log_level level);
bool log_level_from_text(const char *text, enum log_level *out);

/* log_event(LOG_INFO, "ca.created", { "object", id }, { "tenant", tenant }); */
#define log_event(level, event, ...) \
    log_write((level), (event), (const struct log_field[]){ __VA_ARGS__, { NULL, NULL } })

/* Whether a line of this level would be written, for what is costly to put together. */
bool log_is_on(enum log_level level);

/* For events that come in floods: a line a second, with the number of those left out since the
 * last one. All zero to begin with; thread-safe. */
struct log_gate {
    _Atomic int64_t opens_ms;
    atomic_uint left_out;
};

/* now_ms is of times_monotonic_ms. */
bool log_gate_opens(struct log_gate *gate, int64_t now_ms, unsigned *left_out) MUST_CHECK;

void log_write(enum log_level level, const char *event, const struct log_field *fields);
