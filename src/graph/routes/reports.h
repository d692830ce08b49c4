/*
 * reports - the leaf certificates of a CA as tables, paged by the server.
 *
 *     { "TotalRowCount": 2, "Schema": [{ "Column": "id", "PropertyType": "String" }, …],
 *       "Values": [["…", …], …], "SessionId": "" }
 * Columns are the properties of the leaf entity, in its order; parameters are query options in a
 * body, and are read as those are.
 */
#pragma once

#include "graph/route.h"
#include "model/property.h"

extern const struct entity leaf_report_entity;
extern const struct entity leaf_summary_report_entity;

route_fn report_leaves;
route_fn report_summary; /* how many certificates have which status */
