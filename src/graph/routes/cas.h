/*
 * cas - the operations on cloud CAs and their versions, and what handlers of other files need.
 */
#pragma once

#include "base/attributes.h"
#include "graph/route.h"

#include <stdbool.h>

struct ca;
struct error;
struct request;
struct result;

/* The CA that the path names; what is deleted, internal or another tenant's is ERR_NOT_FOUND. */
bool ca_find(struct request *request, struct ca *out, struct error *err) MUST_CHECK;

/* The same with If-Match looked at, and the session given back. */
bool ca_find_to_change(struct request *request, struct ca *out, struct error *err) MUST_CHECK;

/* The CA after a change, as the result. */
bool ca_answer(struct request *request, const struct ca *ca, struct result *result);

/* The same after it was revoked: with a notice when that is not the whole of it. */
bool ca_answer_revoked(struct request *request, const struct ca *ca, struct result *result);

route_fn cas_list, cas_tunnel, cas_tell_count, ca_get, ca_post, ca_patch, ca_remove;
route_fn versions_list, versions_count, version_get, version_get_active;
