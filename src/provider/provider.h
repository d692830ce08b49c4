/*
 * provider - outside certificate services: subscriptions to them, later their adapters.
 *
 * A provider borrows store and keys. Its functions seal and write: [desk]. Thread-safe.
 */
#pragma once

#include "base/attributes.h"

struct keys;
struct provider;
struct store;

struct provider *provider_new(struct store *store, struct keys *keys);
void provider_free(struct provider *provider); /* NULL is fine */
DEFINE_SCOPED(struct provider *, provider_free)
