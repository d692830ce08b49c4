/*
 * cloudpki - our own additions to the API, in the namespace of that name: what Graph cannot say.
 */
#pragma once

#include "graph/route.h"

struct entity;

/* Replies. */
extern const struct entity made_challenge_entity;  /* scepChallengeSecret */
extern const struct entity pending_request_entity; /* scepPendingRequest */
extern const struct entity
    scep_settings_entity; /* scepConfiguration: also what configureScep takes */

/* Parameters. */
extern const struct entity challenge_wish_entity;
extern const struct entity request_choice_entity;
extern const struct entity ca_revocation_entity;

route_fn challenge_make, challenge_end, pending_list, pending_approve, pending_reject;
route_fn scep_settings_get, scep_settings_change, ca_revoke_with_reason;
