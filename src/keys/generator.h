/*
 * generator - one thread that makes keys, so that a slow one holds up no worker.
 *
 * The queue is bounded and so is the wait: ERR_BUSY when either is used up. Who waits too long
 * leaves; what is made for nobody is thrown away. Nobody may be in generator_run when the
 * generator is freed.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

struct error;
struct generator;

struct key_pair {
    struct buf *spki;       /* DER */
    struct secret *private; /* PKCS #8 */
};
void key_pair_clear(struct key_pair *pair);

typedef bool generator_make_fn(enum key_type type, struct key_pair *out, struct error *err);

struct generator *generator_new(generator_make_fn *make, unsigned queue_max, int wait_s);
bool generator_run(struct generator *generator, enum key_type type, struct key_pair *out,
                   struct error *err) MUST_CHECK;
void generator_free(struct generator *generator);
DEFINE_SCOPED(struct generator *, generator_free)
