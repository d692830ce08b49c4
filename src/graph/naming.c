#include "graph/naming.h"

#include "base/attributes.h"
#include "graph/cloudpki.h"
#include "model/challenge.h"
#include "model/enrolment.h"

#include <stddef.h>

static const struct entity *const ours[] = {
    &challenge_entity,       &enrolment_entity,     &made_challenge_entity,
    &pending_request_entity, &scep_settings_entity,
};

const char *naming_namespace(const struct entity *entity)
{
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (ours[i] == entity)
            return "cloudpki";
    return "microsoft.graph";
}
