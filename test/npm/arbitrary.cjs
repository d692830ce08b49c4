// Values from JSON Schema 2020-12, as far as our OpenAPI document uses it, for fast-check: fitting
// ones, and fitting ones with one thing wrong.
const fc = require("fast-check");

const NASTY = ["", " ", "'", "\"", "\\", "%", "%00", "\u0000", "a\u0000b", "' OR 1=1 --", "<script>", "é", "\ud83d\ude00", "../..",
    "null", "undefined", "-1", "9".repeat(40), "x".repeat(300), "x".repeat(5000), "{}", "[]", "2025-02-30T00:00:00Z", "$ref"];
const OIDS = ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0", "1.2", "1..2"];

const anyText = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...NASTY) }, { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) });
const anyValue = fc.oneof(anyText, fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e300, [], {}));

// root: the document that $ref is of.
function fitting(schema, root, depth = 0) {
    if (schema.$ref)
        return fitting(schema.$ref.slice(2).split("/").reduce((at, key) => at[key], root), root, depth);
    if (schema.anyOf)
        return fc.oneof(...schema.anyOf.map((each) => fitting(each, root, depth)));
    if (schema.allOf)
        return fitting(schema.allOf[0], root, depth);
    if (schema.enum)
        return fc.constantFrom(...schema.enum);
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    const value = {
        string: () => text(schema),
        integer: () => fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 3000, 2 ** 31 - 1) }),
        boolean: () => fc.boolean(),
        array: () => fc.array(fitting(schema.items, root, depth + 1), { maxLength: depth > 1 ? 1 : 3 }),
        object: () => object(schema, root, depth),
        null: () => fc.constant(null),
    }[type] ?? (() => fc.jsonValue({ maxDepth: 1 }));
    return Array.isArray(schema.type) ? fc.option(value(), { freq: 6 }) : value();
}

function text(schema) {
    if (schema.format === "date-time")
        return fc.date({ min: new Date("1971-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString());
    if (schema.contentEncoding === "base64")
        return fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets).toString("base64"));
    const length = { minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 60, 60) };
    return fc.oneof({ weight: 4, arbitrary: fc.string({ ...length, unit: "grapheme-ascii" }) }, { weight: 1, arbitrary: fc.uuid() },
        { weight: 1, arbitrary: fc.constantFrom(...OIDS, "CH", "https://127.0.0.1:9/x", "0".repeat(64)) });
}

function object(schema, root, depth) {
    const model = {};
    for (const [name, member] of Object.entries(schema.properties ?? {}))
        if (depth < 4 || schema.required?.includes(name))
            model[name] = fitting(member, root, depth + 1);
    return fc.record(model, { requiredKeys: schema.required ?? [] });
}

// One member replaced, added or taken away; or the whole.
function broken(arbitrary) {
    return fc.tuple(arbitrary, fc.nat(), fc.oneof(fc.constant(undefined), anyValue), fc.constantFrom("set", "set", "set", "add", "whole")).map(
        ([value, place, wrong, how]) => {
            if (how === "whole" || value === null || typeof value !== "object" || Array.isArray(value))
                return wrong ?? null;
            const keys = Object.keys(value);
            const key = how === "add" || keys.length === 0 ? "nonsense" : keys[place % keys.length];
            return { ...value, [key]: wrong };
        });
}

module.exports = { anyText, anyValue, fitting, broken };
