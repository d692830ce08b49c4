#include "base/arena.h"
#include "base/error.h"
#include "graph/route.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A path that is written again finds the same route. */
static void find_again(const struct target *target, enum http_method method, struct arena *arena)
{
    struct error err = { 0 };
    struct target again;
    SCOPED(buf_free) struct buf *path = buf_new(1 << 20);
    route_path(target, path);
    if (buf_len(path) <= PATH_OCTETS_MAX &&
        (!route_find(graph_tables, method, buf_text(path), arena, &again, &err) ||
         again.route != target->route))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const enum http_method methods[] = { HTTP_GET, HTTP_POST, HTTP_PATCH, HTTP_DELETE };
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *path = arena_text_of(arena, (struct bytes){ data, len });
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct error err = { 0 };
        struct target target;
        if (route_find(graph_tables, methods[i], path, arena, &target, &err))
            find_again(&target, methods[i], arena);
        else if (err.code == ERR_NONE)
            abort();
    }
    return 0;
}
