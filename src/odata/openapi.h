/*
 * openapi - a schema as an OpenAPI 3.1 document: each path with what it takes and answers.
 *
 * A type has up to three schemas: `name`, as it is shown; `name.create`, what may be sent to make
 * one; `name.change`, what a PATCH may hold. Shown members are required: $select leaves out those
 * that it does not name.
 */
#pragma once

struct buf;
struct schema;

void openapi_write(const struct schema *schema, struct buf *out);
