/*
 * batches - POST $batch: each request of it on its way as if it had come alone.
 *
 * The caller of the batch is the caller of each; what each may do is asked anew. The batch
 * answers 200 whatever its requests answer.
 */
#pragma once

#include "graph/route.h"

route_fn batch_post;
