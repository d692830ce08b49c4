#include "keys/generator.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

/* Owned by who waits for it until that one leaves; then by the thread. A job that nobody waits
 * for is never in the queue. Guarded by the generator's lock. */
struct job {
    enum key_type type;
    bool is_begun;
    bool is_done;
    bool is_abandoned;
    bool ok;
    struct key_pair pair;
    struct error err;
    TAILQ_ENTRY(job) link;
};

TAILQ_HEAD(job_queue, job);

struct generator {
    pthread_mutex_t lock;
    pthread_cond_t has_job;
    pthread_cond_t is_done;
    struct job_queue queue;
    unsigned queued;
    unsigned queue_max;
    int wait_s;
    bool is_stopping;
    generator_make_fn *make;
    pthread_t thread;
};

static void free_job(struct job *job)
{
    key_pair_clear(&job->pair);
    memory_free(job);
}

static struct job *take_job(struct generator *generator)
{
    while (!generator->is_stopping && TAILQ_EMPTY(&generator->queue))
        pthread_cond_wait(&generator->has_job, &generator->lock);
    if (generator->is_stopping)
        return NULL;
    struct job *job = TAILQ_FIRST(&generator->queue);
    TAILQ_REMOVE(&generator->queue, job, link);
    generator->queued--;
    job->is_begun = true;
    return job;
}

static void *make_keys(void *context)
{
    struct generator *generator = context;
    struct job *job;
    pthread_mutex_lock(&generator->lock);
    while ((job = take_job(generator)) != NULL) {
        pthread_mutex_unlock(&generator->lock);
        bool ok = generator->make(job->type, &job->pair, &job->err);
        pthread_mutex_lock(&generator->lock);
        job->ok = ok;
        job->is_done = true;
        if (job->is_abandoned)
            free_job(job);
        else
            pthread_cond_broadcast(&generator->is_done);
    }
    pthread_mutex_unlock(&generator->lock);
    return NULL;
}

static void wait_for(struct generator *generator, const struct job *job)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += generator->wait_s;
    int result = 0;
    while (!job->is_done && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&generator->is_done, &generator->lock, &deadline);
}

/* The lock is held. Gives a job back to the thread, or takes it out of the queue. */
static void leave(struct generator *generator, struct job *job)
{
    job->is_abandoned = true;
    if (job->is_begun)
        return;
    TAILQ_REMOVE(&generator->queue, job, link);
    generator->queued--;
    free_job(job);
}

static bool answer(struct job *job, struct key_pair *out, struct error *err)
{
    bool ok = job->ok;
    if (ok) {
        *out = job->pair;
        job->pair = (struct key_pair){ NULL, NULL };
    } else {
        *err = job->err;
    }
    free_job(job);
    return ok;
}

static void start_thread(struct generator *generator)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&generator->thread, NULL, make_keys, generator);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        fputs("cloudpki: the key generator's thread could not be started\n", stderr);
        abort();
    }
    pthread_setname_np(generator->thread, "generator");
}

void key_pair_clear(struct key_pair *pair)
{
    buf_free(pair->spki);
    secret_free(pair->private);
    *pair = (struct key_pair){ NULL, NULL };
}

struct generator *generator_new(generator_make_fn *make, unsigned queue_max, int wait_s)
{
    struct generator *generator = memory_new(sizeof *generator);
    generator->make = make;
    generator->queue_max = queue_max;
    generator->wait_s = wait_s;
    TAILQ_INIT(&generator->queue);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&generator->lock, NULL);
    pthread_cond_init(&generator->has_job, NULL);
    pthread_cond_init(&generator->is_done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    start_thread(generator);
    return generator;
}

bool generator_run(struct generator *generator, enum key_type type, struct key_pair *out,
                   struct error *err)
{
    pthread_mutex_lock(&generator->lock);
    if (generator->queued >= generator->queue_max) {
        pthread_mutex_unlock(&generator->lock);
        return fail(err, ERR_BUSY, "key generator: %u keys are waiting already",
                    generator->queue_max);
    }
    struct job *job = memory_new(sizeof *job);
    job->type = type;
    TAILQ_INSERT_TAIL(&generator->queue, job, link);
    generator->queued++;
    pthread_cond_signal(&generator->has_job);
    wait_for(generator, job);
    bool is_done = job->is_done;
    if (!is_done)
        leave(generator, job);
    pthread_mutex_unlock(&generator->lock);
    if (!is_done)
        return fail(err, ERR_BUSY, "key generator: the key was not made within %d s",
                    generator->wait_s);
    return answer(job, out, err);
}

void generator_free(struct generator *generator)
{
    if (!generator)
        return;
    pthread_mutex_lock(&generator->lock);
    generator->is_stopping = true;
    pthread_cond_broadcast(&generator->has_job);
    pthread_mutex_unlock(&generator->lock);
    pthread_join(generator->thread, NULL);
    pthread_cond_destroy(&generator->is_done);
    pthread_cond_destroy(&generator->has_job);
    pthread_mutex_destroy(&generator->lock);
    memory_free(generator);
}
