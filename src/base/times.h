/*
 * times - UTC seconds since the epoch, calendar arithmetic and ISO 8601.
 *
 * time_t everywhere; nothing here reads a clock except times_now and times_monotonic_ms, which
 * are for the edges.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { TIMES_TEXT_OCTETS = 32 };

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

time_t times_now(void);
int64_t times_monotonic_ms(void);

/* 29 February becomes the 28th; years may be negative. */
time_t times_add_years(time_t t, int years);

/* "2025-02-13T10:17:06Z"; times before year 0 or after 9999 show as the nearest that is not. */
void times_text(time_t t, char out[TIMES_TEXT_OCTETS]);

/* RFC 3339 with any offset and fraction; the fraction is dropped. */
bool times_parse(const char *text, time_t *out);

/* "Thu, 13 Feb 2025 10:17:06 GMT", RFC 9110 §5.6.7. */
void times_http_text(time_t t, char out[TIMES_TEXT_OCTETS]);
bool times_parse_http(const char *text, time_t *out);
