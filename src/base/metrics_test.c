#include "unit/unit.h"

#include "base/metrics.h"

#include <pthread.h>
#include <string.h>

static double read_seven(void *context)
{
    return *(double *)context;
}

TEST(metrics_print_prometheus_text)
{
    SCOPED(metrics_free) struct metrics *metrics = metrics_new();
    double seven = 7;
    metric_add(metrics_counter(metrics, "a_total", "Things.", "code=\"200\""), 2);
    metric_set(metrics_gauge(metrics, "b", "Level.", NULL), 0.5);
    metrics_gauge_read(metrics, "c", "Asked.", NULL, read_seven, &seven);
    metric_add(metrics_counter(metrics, "a_total", "Things.", "code=\"404\""), 1);
    SCOPED(buf_free) struct buf *out = buf_new(10000);
    metrics_print(metrics, out);
    assert_string_equal(buf_text(out), "# HELP a_total Things.\n"
                                       "# TYPE a_total counter\n"
                                       "a_total{code=\"200\"} 2\n"
                                       "a_total{code=\"404\"} 1\n"
                                       "# HELP b Level.\n"
                                       "# TYPE b gauge\n"
                                       "b 0.5\n"
                                       "# HELP c Asked.\n"
                                       "# TYPE c gauge\n"
                                       "c 7\n");
}

TEST(metrics_same_name_and_labels_are_the_same)
{
    SCOPED(metrics_free) struct metrics *metrics = metrics_new();
    struct metric *metric = metrics_counter(metrics, "a", "A.", "x=\"1\"");
    assert_ptr_equal(metrics_counter(metrics, "a", "A.", "x=\"1\""), metric);
    assert_ptr_not_equal(metrics_counter(metrics, "a", "A.", "x=\"2\""), metric);
    assert_ptr_not_equal(metrics_counter(metrics, "b", "B.", "x=\"1\""), metric);
}

TEST(metrics_histogram_counts_at_and_under_each_bound)
{
    SCOPED(metrics_free) struct metrics *metrics = metrics_new();
    struct metric *metric = metrics_histogram(metrics, "t_seconds", "Time.", "front=\"scep\"");
    metric_observe(metric, 0.5);
    metric_observe(metric, 0.501);
    metric_observe(metric, 100);
    SCOPED(buf_free) struct buf *out = buf_new(10000);
    metrics_print(metrics, out);
    static const char *const lines[] = {
        "# TYPE t_seconds histogram\n",
        "t_seconds_bucket{front=\"scep\",le=\"0.0001\"} 0\n",
        "t_seconds_bucket{front=\"scep\",le=\"0.5\"} 1\n",
        "t_seconds_bucket{front=\"scep\",le=\"1\"} 2\n",
        "t_seconds_bucket{front=\"scep\",le=\"60\"} 2\n",
        "t_seconds_bucket{front=\"scep\",le=\"+Inf\"} 3\n",
        "t_seconds_sum{front=\"scep\"} 101.001\n",
        "t_seconds_count{front=\"scep\"} 3\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_non_null(strstr(buf_text(out), lines[i]));
}

static void *add_many(void *context)
{
    for (int i = 0; i < 20000; i++)
        metric_add(context, 1);
    return NULL;
}

TEST(metrics_lose_nothing_between_threads)
{
    SCOPED(metrics_free) struct metrics *metrics = metrics_new();
    struct metric *metric = metrics_counter(metrics, "a", "A.", NULL);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, metric), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    SCOPED(buf_free) struct buf *out = buf_new(10000);
    metrics_print(metrics, out);
    assert_non_null(strstr(buf_text(out), "\na 80000\n"));
}
