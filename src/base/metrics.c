#include "base/metrics.h"

#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const char *const kind_texts[] = {
    [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"
};

/* Upper bounds in seconds; +Inf follows. */
static const double bounds[] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                 0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60 };

struct metric {
    char *labels;                   /* NULL: none */
    _Atomic double value;           /* of a histogram: the sum */
    atomic_uint_least64_t *buckets; /* histograms: one per bound and one for +Inf, not cumulative */
    metric_read_fn *read;
    void *context;
    struct metric *next;
};

/* All series of one name. */
struct family {
    char *name;
    char *help;
    enum kind kind;
    struct metric *first;
    struct family *next;
};

/* The lock guards the lists; series are never removed, so adding to one needs no lock. */
struct metrics {
    pthread_mutex_t lock;
    struct family *first;
};

/* New ones go to the end: the text keeps the order of registration. */
static struct family *family_of(struct metrics *metrics, const char *name, const char *help,
                                enum kind kind)
{
    struct family **place = &metrics->first;
    while (*place && !text_equal((*place)->name, name))
        place = &(*place)->next;
    if (!*place) {
        *place = memory_new(sizeof **place);
        (*place)->name = memory_text(name);
        (*place)->help = memory_text(help);
        (*place)->kind = kind;
    }
    assert((*place)->kind == kind);
    return *place;
}

static struct metric *series_of(struct family *family, const char *labels)
{
    struct metric **place = &family->first;
    while (*place && !text_equal((*place)->labels, labels))
        place = &(*place)->next;
    if (!*place) {
        *place = memory_new(sizeof **place);
        (*place)->labels = memory_text(labels);
        if (family->kind == HISTOGRAM)
            (*place)->buckets = memory_new_array(ARRAY_LEN(bounds) + 1, sizeof *(*place)->buckets);
    }
    return *place;
}

static struct metric *register_series(struct metrics *metrics, const char *name, const char *help,
                                      const char *labels, enum kind kind)
{
    pthread_mutex_lock(&metrics->lock);
    struct metric *metric = series_of(family_of(metrics, name, help, kind), labels);
    pthread_mutex_unlock(&metrics->lock);
    return metric;
}

static void put_number(double value, struct buf *out)
{
    if (isnan(value))
        buf_add_text(out, "NaN");
    else if (isinf(value))
        buf_add_text(out, value > 0 ? "+Inf" : "-Inf");
    else
        buf_add_format(out, "%.15g", value);
}

static void put_sample(const char *name, const char *suffix, const struct metric *metric,
                       const char *bound, double value, struct buf *out)
{
    bool has_labels = metric->labels && *metric->labels;
    buf_add_text(out, name);
    buf_add_text(out, suffix);
    if (has_labels || bound) {
        buf_add_octet(out, '{');
        buf_add_text(out, has_labels ? metric->labels : "");
        buf_add_text(out, has_labels && bound ? "," : "");
        if (bound)
            buf_add_format(out, "le=\"%s\"", bound);
        buf_add_octet(out, '}');
    }
    buf_add_octet(out, ' ');
    put_number(value, out);
    buf_add_octet(out, '\n');
}

static void put_histogram(const char *name, struct metric *metric, struct buf *out)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= ARRAY_LEN(bounds); i++) {
        char bound[32] = "+Inf";
        if (i < ARRAY_LEN(bounds))
            snprintf(bound, sizeof bound, "%.15g", bounds[i]);
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        put_sample(name, "_bucket", metric, bound, (double)count, out);
    }
    put_sample(name, "_sum", metric, NULL, atomic_load(&metric->value), out);
    put_sample(name, "_count", metric, NULL, (double)count, out);
}

static void put_family(const struct family *family, struct buf *out)
{
    buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                   kind_texts[family->kind]);
    for (struct metric *metric = family->first; metric; metric = metric->next) {
        if (family->kind == HISTOGRAM)
            put_histogram(family->name, metric, out);
        else
            put_sample(family->name, "", metric, NULL,
                       metric->read ? metric->read(metric->context) : atomic_load(&metric->value),
                       out);
    }
}

static void free_family(struct family *family)
{
    while (family->first) {
        struct metric *next = family->first->next;
        memory_free(family->first->labels);
        memory_free(family->first->buckets);
        memory_free(family->first);
        family->first = next;
    }
    memory_free(family->name);
    memory_free(family->help);
    memory_free(family);
}

struct metrics *metrics_new(void)
{
    struct metrics *metrics = memory_new(sizeof *metrics);
    pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels)
{
    return register_series(metrics, name, help, labels, COUNTER);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels)
{
    return register_series(metrics, name, help, labels, GAUGE);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels)
{
    return register_series(metrics, name, help, labels, HISTOGRAM);
}

void metrics_gauge_read(struct metrics *metrics, const char *name, const char *help,
                        const char *labels, metric_read_fn *read, void *context)
{
    pthread_mutex_lock(&metrics->lock);
    struct metric *metric = series_of(family_of(metrics, name, help, GAUGE), labels);
    metric->read = read;
    metric->context = context;
    pthread_mutex_unlock(&metrics->lock);
}

void metric_add(struct metric *metric, double value)
{
    double old = atomic_load_explicit(&metric->value, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&metric->value, &old, old + value,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

void metric_set(struct metric *metric, double value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, double seconds)
{
    size_t i = 0;
    while (i < ARRAY_LEN(bounds) && !(seconds <= bounds[i]))
        i++;
    atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
    metric_add(metric, seconds);
}

/* Readers run under the lock: they may not register or print. */
void metrics_print(struct metrics *metrics, struct buf *out)
{
    pthread_mutex_lock(&metrics->lock);
    for (const struct family *family = metrics->first; family; family = family->next)
        put_family(family, out);
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    while (metrics->first) {
        struct family *next = metrics->first->next;
        free_family(metrics->first);
        metrics->first = next;
    }
    pthread_mutex_destroy(&metrics->lock);
    memory_free(metrics);
}
