#include "auth/failures.h"

#include "base/buckets.h"
#include "base/memory.h"

struct failures {
    struct buckets *buckets;
};

struct failures *failures_new(void)
{
    struct failures *failures = memory_new(sizeof *failures);
    failures->buckets = buckets_new(FAILURES_MAX, FAILURES_REFILL_S);
    return failures;
}

void failures_free(struct failures *failures)
{
    if (!failures)
        return;
    buckets_free(failures->buckets);
    memory_free(failures);
}

bool failures_may_try(struct failures *failures, const char *peer, const char *target, time_t now)
{
    return buckets_wait(failures->buckets, peer, target, now) == 0;
}

void failures_add(struct failures *failures, const char *peer, const char *target, time_t now)
{
    buckets_add(failures->buckets, peer, target, now);
}
