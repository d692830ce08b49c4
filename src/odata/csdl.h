/*
 * csdl - a schema as service metadata: OData CSDL XML 4.0 and CSDL JSON 4.01.
 *
 * Both say the same, in the order of the schema. Names are all ours, so nothing is escaped.
 */
#pragma once

struct buf;
struct schema;

void csdl_write_xml(const struct schema *schema, struct buf *out);
void csdl_write_json(const struct schema *schema, struct buf *out);
