#include "provider/provider.h"

#include "base/memory.h"
#include "provider/provider_inside.h"

struct provider *provider_new(struct store *store, struct keys *keys)
{
    struct provider *provider = memory_new(sizeof *provider);
    provider->store = store;
    provider->keys = keys;
    return provider;
}

void provider_free(struct provider *provider)
{
    memory_free(provider);
}
