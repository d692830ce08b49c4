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

#include <stdbool.h>

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

void log_write(enum log_level level, const char *event, const struct log_field *fields);
