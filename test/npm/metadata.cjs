// Reads $metadata twice: {xml, json} on stdin. The XML is converted by the OData committee's own
// tool; both JSON documents are judged by its schema. Says on stdout what it did not like.
const fs = require("node:fs");
const Ajv = require("ajv");
const { xml2json } = require("odata-csdl/lib/xml2json");

const { xml, json } = JSON.parse(fs.readFileSync(0, "utf8"));
const schema = JSON.parse(fs.readFileSync(require.resolve("odata-csdl/schemas/csdl.schema.json"), "utf8"));
const isValid = new Ajv({ strict: false, allErrors: true, unicodeRegExp: true, formats: { uri: true, "uri-reference": true } }).compile(schema);

const messages = [];
const converted = xml2json(xml, { strict: true, annotations: true, messages });
const problems = messages.map((message) => `converting: ${JSON.stringify(message)}`);
for (const [name, document] of [["json", json], ["converted", converted]])
    if (!isValid(document))
        problems.push(...isValid.errors.map((error) => `${name}${error.instancePath}: ${error.message}`));
process.stdout.write(JSON.stringify({ problems, converted }));
