/*
 * applications - the operations on registered callers: /applications and their credentials.
 *
 * Handlers of routes, see graph/route.h; auth/applications.h does the work.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct entity;
struct error;
struct request;
struct result;

extern const struct entity password_wish_entity;
extern const struct entity password_choice_entity;

bool applications_list(struct request *request, struct result *result,
                       struct error *err) MUST_CHECK;
bool applications_count(struct request *request, struct result *result,
                        struct error *err) MUST_CHECK;
bool application_get(struct request *request, struct result *result, struct error *err) MUST_CHECK;
bool application_post(struct request *request, struct result *result, struct error *err) MUST_CHECK;
bool application_patch(struct request *request, struct result *result,
                       struct error *err) MUST_CHECK;
bool application_remove(struct request *request, struct result *result,
                        struct error *err) MUST_CHECK;
bool password_add(struct request *request, struct result *result, struct error *err) MUST_CHECK;
bool password_remove(struct request *request, struct result *result, struct error *err) MUST_CHECK;
