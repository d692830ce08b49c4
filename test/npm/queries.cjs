// Reads query strings, a JSON array on stdin, with a parser made from the OASIS grammar; tells on
// stdout which of them it refuses, and why.
const fs = require("node:fs");
const { defaultParser } = require("@odata/parser");

const refused = {};
for (const query of JSON.parse(fs.readFileSync(0, "utf8")))
    try {
        defaultParser.query(query);
    } catch (error) {
        refused[query] = String(error.message);
    }
process.stdout.write(JSON.stringify(refused));
