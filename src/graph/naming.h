/*
 * naming - OData namespaces: Graph's own for what it publishes, `cloudpki` for our additions.
 */
#pragma once

struct entity;

const char *naming_namespace(const struct entity *entity); /* "microsoft.graph" or "cloudpki" */
