#include "unit/unit.h"

#include "keys/generator.h"

#include <pthread.h>

/* make() waits at the gate, so that a test decides what is queued when. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int entered;
    bool is_open;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false };

static bool make_at_gate(enum key_type type, struct key_pair *out, struct error *err)
{
    pthread_mutex_lock(&gate.lock);
    gate.entered++;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.is_open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    if (type == KEY_TYPE_NONE)
        return fail(err, ERR_INTERNAL, "no such type");
    out->spki = buf_copy(bytes_of_text("spki"));
    out->private = secret_new(bytes_of_text("private"));
    return true;
}

static void set_gate(bool is_open)
{
    pthread_mutex_lock(&gate.lock);
    gate.is_open = is_open;
    gate.entered = 0;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static void wait_entered(void)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.entered == 0)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

struct asking {
    struct generator *generator;
    enum key_type type;
    bool ok;
    struct key_pair pair;
    struct error err;
    pthread_t thread;
};

static void *ask(void *context)
{
    struct asking *asking = context;
    asking->ok = generator_run(asking->generator, asking->type, &asking->pair, &asking->err);
    return NULL;
}

static void start(struct asking *asking, struct generator *generator, enum key_type type)
{
    *asking = (struct asking){ .generator = generator, .type = type };
    assert_int_equal(pthread_create(&asking->thread, NULL, ask, asking), 0);
}

TEST(generator_gives_the_pair_or_the_error)
{
    set_gate(true);
    SCOPED(generator_free) struct generator *generator = generator_new(make_at_gate, 8, 60);
    struct key_pair pair = { NULL, NULL };
    struct error err = { 0 };
    unit_ok(generator_run(generator, KEY_P256, &pair, &err), &err);
    assert_true(bytes_equal(buf_bytes(pair.spki), bytes_of_text("spki")));
    assert_true(bytes_equal(secret_bytes(pair.private), bytes_of_text("private")));
    key_pair_clear(&pair);
    assert_false(generator_run(generator, KEY_TYPE_NONE, &pair, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_null(pair.spki);
}

TEST(generator_refuses_when_its_queue_is_full)
{
    set_gate(false);
    SCOPED(generator_free) struct generator *generator = generator_new(make_at_gate, 0, 60);
    struct key_pair pair = { NULL, NULL };
    struct error err = { 0 };
    assert_false(generator_run(generator, KEY_P256, &pair, &err));
    assert_int_equal(err.code, ERR_BUSY);
}

TEST(generator_that_is_late_is_left_and_its_key_thrown_away)
{
    set_gate(false);
    SCOPED(generator_free) struct generator *generator = generator_new(make_at_gate, 1, 0);
    struct key_pair pair = { NULL, NULL };
    /* The first may have been begun or not when its caller leaves; either way the queue has
     * room for the next. */
    for (int i = 0; i < 20; i++) {
        struct error err = { 0 };
        assert_false(generator_run(generator, KEY_P256, &pair, &err));
        assert_int_equal(err.code, ERR_BUSY);
        assert_null(pair.spki);
    }
    set_gate(true);
}

TEST(generator_answers_all_who_wait)
{
    set_gate(false);
    SCOPED(generator_free) struct generator *generator = generator_new(make_at_gate, 8, 60);
    struct asking first;
    start(&first, generator, KEY_P256);
    wait_entered();
    struct asking others[8];
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        start(&others[i], generator, i % 2 ? KEY_P384 : KEY_TYPE_NONE);
    set_gate(true);
    pthread_join(first.thread, NULL);
    assert_true(first.ok);
    key_pair_clear(&first.pair);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        pthread_join(others[i].thread, NULL);
        assert_int_equal(others[i].ok, i % 2);
        key_pair_clear(&others[i].pair);
    }
}
