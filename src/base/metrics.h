/*
 * metrics - counters, gauges and histograms in Prometheus' text format 0.0.4.
 *
 * A registry owns its series; adding to one is an atomic operation, safe on any thread. Names
 * follow Prometheus: cloudpki_http_requests_total, seconds and bytes as units. Labels are few
 * and ours; nothing a peer chose becomes a label.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

struct metrics;
struct metric;

struct metrics *metrics_new(void);

/* labels: "code=\"200\",front=\"scep\"" or NULL. The same name and labels give the same metric. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels);
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels); /* seconds, 0.0001 to 60 */

/* Called when the registry is printed, for values that something else counts. */
typedef double metric_read_fn(void *context);
void metrics_gauge_read(struct metrics *metrics, const char *name, const char *help,
                        const char *labels, metric_read_fn *read, void *context);

void metric_add(struct metric *metric, double value);
void metric_set(struct metric *metric, double value);
void metric_observe(struct metric *metric, double seconds);

void metrics_print(struct metrics *metrics, struct buf *out);
void metrics_free(struct metrics *metrics);
DEFINE_SCOPED(struct metrics *, metrics_free)
