// Asks the API what its own OpenAPI document says it takes, and what it should not, and judges each
// reply by that document: status, media type, schema, the members that were selected. fast-check
// makes the requests and shrinks what goes wrong; ajv judges.
//
// stdin: {url, token, version, seconds, seed, document}; document: NULL for the server's own.
// stdout: {requests, statuses, problems: [text]}
const fs = require("node:fs");
const fc = require("fast-check");
const Ajv = require("ajv/dist/2020");
const formats = require("ajv-formats");
const { anyText, anyValue, fitting, broken } = require("./arbitrary.cjs");

const METHODS = ["get", "post", "put", "patch", "delete"];
const given = JSON.parse(fs.readFileSync(0, "utf8"));
const base = `${given.url}/${given.version}`;
const told = { requests: 0, statuses: {}, problems: [] };

async function ask(method, path, headers = {}, body = undefined) {
    told.requests++;
    return fetch(base + path, { method: method.toUpperCase(), headers: { Authorization: `Bearer ${given.token}`, ...headers }, body,
        signal: AbortSignal.timeout(60000) });
}

// ---- the document ----

function compiler(document, isLoose) {
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats(ajv);
    const copy = JSON.parse(JSON.stringify(document));
    if (isLoose) // $select leaves members out
        for (const [name, schema] of Object.entries(copy.components.schemas))
            if (name !== "error")
                delete schema.required;
    ajv.addSchema(copy, "api");
    const known = new Map();
    return (pointer) => {
        if (!known.has(pointer))
            known.set(pointer, ajv.compile({ $ref: `api#${pointer}` }));
        return known.get(pointer);
    };
}

const encoded = (text) => encodeURIComponent(Buffer.from(text).toString()); // no lone surrogates
const escaped = (key) => key.replaceAll("~", "~0").replaceAll("/", "~1");

// What the document says of an answer, where it says it.
function responseOf(document, operation, status) {
    const response = operation.responses[status];
    if (!response?.$ref)
        return { response, pointer: `${operation.pointer}/responses/${status}` };
    return { response: response.$ref.slice(2).split("/").reduce((at, key) => at[key], document), pointer: response.$ref.slice(1) };
}

function operationsOf(document) {
    return Object.entries(document.paths).flatMap(([path, methods]) => METHODS.filter((method) => methods[method]).map((method) =>
        ({ ...methods[method], path, method, pointer: `/paths/${escaped(path)}/${method}` })));
}

// ---- ids, from the lists ----

const ids = new Map();

async function idsOf(document, collection, template) {
    if (!document.paths[template]?.get)
        return [];
    if (!ids.has(collection)) {
        const reply = await ask("get", collection);
        const body = reply.ok ? await reply.json() : {};
        ids.set(collection, (body.value ?? []).map((item) => item.id).filter(Boolean).slice(0, 6));
    }
    return ids.get(collection);
}

// Paths with every id filled by one that is there; none if there is none.
async function realPaths(document, template) {
    let paths = [["", ""]];
    for (const segment of template.split("/").slice(1)) {
        const next = [];
        for (const [path, shape] of paths)
            if (!segment.startsWith("{"))
                next.push([`${path}/${segment}`, `${shape}/${segment}`]);
            else
                for (const id of await idsOf(document, path, shape))
                    next.push([`${path}/${encodeURIComponent(id)}`, `${shape}/${segment}`]);
        paths = next.slice(0, 12);
    }
    return paths.map(([path]) => path);
}

function anyPath(template, real) {
    const wild = fc.array(fc.oneof(fc.uuid(), anyText), { minLength: 8, maxLength: 8 }).map((words) => {
        let place = 0;
        return template.replace(/\{\w+\}/g, () => encoded(words[place++]) || "-");
    });
    return real.length > 0 ? fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...real) }, { weight: 1, arbitrary: wild }) : wild;
}

// ---- requests ----

function membersOf(document, operation) {
    const content = Object.values(operation.responses["200"]?.content ?? {})[0]?.schema ?? {};
    const reference = (content.properties?.value?.items ?? content).$ref;
    return reference ? Object.keys(reference.slice(2).split("/").reduce((at, key) => at[key], document).properties) : ["id"];
}

const LITERALS = ["null", "true", "0", "-1", "2147483648", "'x'", "''", "'it''s'", "2025-01-01T00:00:00Z", "2025-01-01", "'active'", "1.5",
    "01234567-89ab-cdef-0123-456789abcdef", "binary'AA=='", "duration'P1D'", "INF", "graph.x'y'"];

function anyFilter(members) {
    const term = fc.tuple(fc.constantFrom(...members, "nonsense"), fc.constantFrom("eq", "ne", "gt", "ge", "lt", "le", "has", "in"),
        fc.constantFrom(...LITERALS)).map(([name, operator, literal]) => operator === "in" ? `${name} in (${literal},${literal})` : `${name} ${operator} ${literal}`);
    const call = fc.tuple(fc.constantFrom("startswith", "endswith", "contains", "length", "any"), fc.constantFrom(...members), fc.constantFrom(...LITERALS))
        .map(([name, member, literal]) => name === "any" ? `${member}/any(x:x eq ${literal})` : `${name}(${member},${literal})`);
    const { tree } = fc.letrec((tie) => ({
        tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, term, call, fc.tuple(tie("tree"), fc.constantFrom("and", "or"), tie("tree")).map((parts) => `(${parts.join(" ")})`),
            tie("tree").map((inner) => `not (${inner})`)),
    }));
    return fc.oneof({ weight: 5, arbitrary: tree }, { weight: 1, arbitrary: anyText });
}

function anyOption(document, operation, parameter) {
    if (parameter.name === "$filter")
        return anyFilter(membersOf(document, operation));
    const fits = fitting(parameter.schema, document).map((value) => Array.isArray(value) ? value.join(",") : String(value));
    return fc.oneof({ weight: 6, arbitrary: fits }, { weight: 1, arbitrary: anyText });
}

function anyHeaders(operation) {
    const odd = {
        Accept: fc.constantFrom("application/json", "*/*", "application/json;odata.metadata=none", "application/json;odata.metadata=full", "text/html", "text/plain", ""),
        Prefer: fc.constantFrom("return=minimal", "return=representation", "odata.maxpagesize=1", "include-unknown-enum-members", "nonsense"),
        ConsistencyLevel: fc.constantFrom("eventual", "x"),
    };
    if (operation.parameters.some((parameter) => parameter.name === "If-Match"))
        odd["If-Match"] = fc.constantFrom("*", "W/\"1\"", "\"0\"", "W/\"999\"", "nonsense", "");
    return fc.record(Object.fromEntries(Object.entries(odd).map(([name, arbitrary]) => [name, fc.option(arbitrary, { freq: 1, nil: undefined })])));
}

function anyBody(document, operation) {
    const schema = operation.requestBody?.content["application/json"].schema;
    if (!schema)
        return operation.method === "get" || operation.method === "delete" ? fc.constant({ kind: "none" })
            : fc.oneof({ weight: 4, arbitrary: fc.constant({ kind: "none" }) }, { weight: 1, arbitrary: anyValue.map((value) => ({ kind: "json", value })) });
    const fits = fitting(schema, document);
    return fc.oneof({ weight: 5, arbitrary: fits.map((value) => ({ kind: "json", value })) }, { weight: 4, arbitrary: broken(fits).map((value) => ({ kind: "json", value })) },
        { weight: 1, arbitrary: fc.constantFrom({ kind: "none" }, { kind: "text", value: "{" }, { kind: "text", value: "[".repeat(100) },
            { kind: "text", value: "{\"id\":1,\"id\":2}" }, { kind: "form", value: "a=b" }) });
}

function anyRequest(document, operation, real) {
    const options = operation.parameters.filter((parameter) => parameter.in === "query");
    const query = fc.record(Object.fromEntries(options.map((parameter) =>
        [parameter.name, fc.option(anyOption(document, operation, parameter), { freq: 1, nil: undefined })])));
    return fc.record({ path: anyPath(operation.path, real), query, headers: anyHeaders(operation), body: anyBody(document, operation) });
}

function textOf(query) {
    const parts = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encoded(value)}`);
    return parts.length > 0 ? `?${parts.join("&")}` : "";
}

async function send(operation, request) {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([, value]) => value !== undefined));
    const { kind, value } = request.body;
    if (kind !== "none")
        headers["Content-Type"] = kind === "form" ? "application/x-www-form-urlencoded" : "application/json";
    const body = kind === "none" ? undefined : kind === "json" ? JSON.stringify(value) ?? "null" : value;
    return ask(operation.method, request.path + textOf(request.query), headers, body);
}

// ---- replies ----

function checkSelected(request, body) {
    const names = request.query.$select.split(",").filter((name) => name !== "*");
    const items = Array.isArray(body.value) ? body.value : [body];
    for (const item of items)
        for (const name of names)
            if (!Object.keys(item).some((key) => key.toLowerCase() === name.toLowerCase()))
                throw new Error(`${name} was selected and is not there`);
}

async function judge(document, validators, operation, request, reply) {
    const text = await reply.text();
    told.statuses[reply.status] = (told.statuses[reply.status] ?? 0) + 1;
    const { response, pointer } = responseOf(document, operation, reply.status);
    if ((reply.status >= 500 && reply.status !== 507) || !response) // 507: a quota
        throw new Error(`status ${reply.status}: ${text.slice(0, 400)}`);
    const minimal = reply.status === 204 || (request.headers.Prefer === "return=minimal" && text === "");
    if (!response.content || minimal) {
        if (text)
            throw new Error(`${reply.status} with a body: ${text.slice(0, 400)}`);
        return;
    }
    const type = (reply.headers.get("Content-Type") ?? "").split(";")[0].trim();
    if (!response.content[type])
        throw new Error(`${reply.status} in ${type || "no type"}`);
    if (!type.endsWith("json") && type !== "text/plain")
        return;
    const body = JSON.parse(text);
    const isSelected = reply.ok && typeof request.query.$select === "string" && request.query.$select !== "";
    const validate = (isSelected ? validators.loose : validators.strict)(`${pointer}/content/${escaped(type)}/schema`);
    if (!validate(body))
        throw new Error(`${reply.status} outside its schema: ${JSON.stringify(validate.errors.slice(0, 4))}: ${text.slice(0, 600)}`);
    if (isSelected)
        checkSelected(request, body);
}

// ---- the run ----

async function fuzz(document, validators, operation, milliseconds) {
    ids.clear();
    const real = await realPaths(document, operation.path);
    const property = fc.asyncProperty(anyRequest(document, operation, real), async (request) => {
        await judge(document, validators, operation, request, await send(operation, request));
    });
    const result = await fc.check(property, { seed: given.seed, numRuns: 1000000, interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false });
    if (result.failed)
        told.problems.push(`${operation.operationId}: ${result.errorInstance?.message}\n    ${JSON.stringify(result.counterexample)}`);
}

// What no row has is 405 and says what there is, unless another row takes the last segment for an id.
async function fuzzMethods(document) {
    const shapes = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}$/, "{}"));
    for (const [path, methods] of Object.entries(document.paths)) {
        const absent = METHODS.find((method) => !methods[method]);
        if (!path.endsWith("}") && shapes.includes(path.replace(/[^/]*$/, "{}")))
            continue;
        const reply = await ask(absent, path.replace(/\{\w+\}/g, "00000000-0000-4000-8000-000000000000"), {}, absent === "get" ? undefined : "");
        const allowed = (reply.headers.get("Allow") ?? "").toLowerCase();
        if (reply.status !== 405 || !Object.keys(methods).every((method) => allowed.includes(method)))
            told.problems.push(`${absent} ${path}: ${reply.status}, Allow: ${allowed}`);
    }
}

async function main() {
    const document = given.document ?? await (await ask("get", "/openapi.json")).json();
    const { Validator } = await import("@seriousme/openapi-schema-validator");
    const judged = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    if (!judged.valid)
        told.problems.push(`the document: ${JSON.stringify(judged.errors)}`);
    const validators = { strict: compiler(document, false), loose: compiler(document, true) };
    const order = (operation) => METHODS.indexOf(operation.method); // what deletes comes last
    const operations = operationsOf(document).sort((a, b) => order(a) - order(b));
    await fuzzMethods(document);
    for (const operation of operations)
        await fuzz(document, validators, operation, (given.seconds * 1000) / operations.length);
    process.stdout.write(JSON.stringify(told));
}

main();
