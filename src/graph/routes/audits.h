/*
 * audits - /deviceManagement/auditEvents: who changed what, and when.
 */
#pragma once

#include "graph/route.h"

route_fn audits_list;
route_fn audits_count;
route_fn audit_get;
