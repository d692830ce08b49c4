#include "graph/routes/directory.h"

#include "base/error.h"
#include "graph/crud.h"
#include "graph/request.h"

enum { DIRECTORY_TOP_MAX = 999 };

bool directory_list(struct request *request, struct result *result, struct error *err)
{
    struct options *options = &request->options;
    bool has_top = *options_text(options, "$top") != '\0';
    if (options->top > DIRECTORY_TOP_MAX && has_top)
        return fail(err, ERR_INVALID, "$top: a whole number from 1 to %d", DIRECTORY_TOP_MAX);
    if (options->top > DIRECTORY_TOP_MAX)
        options->top = DIRECTORY_TOP_MAX; /* Prefer asked for more */
    return crud_list(request, result, err);
}
