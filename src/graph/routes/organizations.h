/*
 * organizations - tenants, and the classic store of CAs below one: /organization.
 */
#pragma once

#include "graph/crud.h"

extern const struct crud organization_crud;
extern const struct crud classic_crud;
