/*
 * form - application/x-www-form-urlencoded, as token requests are; RFC 6749 Appendix B.
 *
 * Here '+' is a space. A parameter without a value counts as absent and none may come twice
 * (RFC 6749 §3.1, §3.2). Errors: ERR_MALFORMED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { FORM_MEMBERS_MAX = 32 };

struct form {
    struct form_member {
        const char *name;
        const char *value;
    } members[FORM_MEMBERS_MAX];
    size_t count;
};

/* Texts live in the arena. */
bool form_parse(struct bytes body, struct arena *arena, struct form *out,
                struct error *err) MUST_CHECK;

const char *form_find(const struct form *form, const char *name); /* NULL when absent */

/* One value; NULL when it cannot be. */
const char *form_decode(struct bytes text, struct arena *arena);
