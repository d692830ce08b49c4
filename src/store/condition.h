/*
 * condition - which rows a query means: its tenant, its fixed columns, $filter, $search and the
 * scope tags of a limited caller, as SQL over parameters.
 */
#pragma once

struct draft;

void condition_add_all(struct draft *draft);
