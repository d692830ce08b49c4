/** What microsoft-graph-client does besides single operations: pages, batches, retries, headers, errors. */
import { strict as assert } from "node:assert";
import {
    BatchRequestContent, BatchResponseContent, GraphError, PageIterator, ResponseType,
} from "@microsoft/microsoft-graph-client";
import { given, tell, unique } from "./graph.mjs";
import { newClient, Plain } from "./plain.mjs";

const PKI = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";
const CA = "/deviceManagement/cloudCertificationAuthority";
const ALL = 7;

const graph = new Plain(given);
const { client } = graph;
const name = unique("Habit");

/** What the servers said to whatever was asked, under the client's retries. */
const statuses: number[] = [];
const { fetch } = globalThis;
globalThis.fetch = async (...words) => {
    const response = await fetch(...words);
    statuses.push(response.status);
    return response;
};

async function pages() {
    for (let i = 0; i < ALL; i++)
        await client.api(PKI).post({ displayName: `${name} ${i}` });
    const headers = { ConsistencyLevel: "eventual" };
    const first = await client.api(PKI).headers(headers).filter(`startswith(displayName,'${name}')`)
        .orderby("displayName desc").select(["id", "displayName"]).top(3).count(true).get();
    assert.deepEqual([first.value.length, first["@odata.count"]], [3, ALL]);
    const found: string[] = [];
    const iterator = new PageIterator(client, first, (one) => found.push(one.displayName) > 0, { headers });
    await iterator.iterate();
    assert.ok(iterator.isComplete());
    assert.deepEqual(found, [...Array(ALL).keys()].reverse().map((i) => `${name} ${i}`));

    statuses.length = 0;
    const sized = await client.api(PKI).header("Prefer", "odata.maxpagesize=2").get();
    const all: string[] = [];
    await new PageIterator(client, sized, (one) => all.push(one.id) > 0, { headers: { Prefer: "odata.maxpagesize=2" } }).iterate();
    assert.deepEqual([new Set(all).size, statuses.length], [ALL, Math.ceil(ALL / 2)]);
}

async function batches() {
    const step = (id: string, method: string, path: string, body?: object, dependsOn?: string[]) => ({
        id, dependsOn,
        request: new Request(`https://127.0.0.1${path}`, {
            method, body: body && JSON.stringify(body), headers: body && { "Content-Type": "application/json" },
        }),
    });
    const content = new BatchRequestContent([
        step("1", "POST", PKI, { displayName: `${name} in a batch` }),
        step("2", "GET", `${PKI}?$filter=displayName eq '${name} in a batch'`, undefined, ["1"]),
        step("3", "GET", `${PKI}/$count`, undefined, ["2"]),
        step("4", "GET", `${PKI}/no-such-id`, undefined, ["3"]),
        step("5", "GET", PKI, undefined, ["4"]),
    ]);
    const answer = new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
    const status = (id: string) => answer.getResponseById(id).status;
    const body = (id: string): Promise<any> => answer.getResponseById(id).json();
    assert.deepEqual(["1", "2", "3", "4", "5"].map(status), [201, 200, 200, 404, 424]);
    const made = await body("1");
    assert.deepEqual((await body("2")).value.map((one: any) => one.id), [made.id]);
    assert.equal(Buffer.from(await answer.getResponseById("3").text(), "base64url").toString(), String(ALL + 1));
    assert.equal((await body("4")).error.code, "Request_ResourceNotFound");

    const deletion = new BatchRequestContent([step("a", "DELETE", `${PKI}/${made.id}`)]);
    const gone = new BatchResponseContent(await client.api("/$batch").version("v1.0").post(await deletion.getContent()));
    assert.equal(gone.getResponseById("a").status, 204);
}

/** The server takes 60 requests a minute of a caller: 60 at once, and one more each second. */
async function retries() {
    const impatient = newClient({ ...given, url: given.slow.url }, given.slow.token);
    statuses.length = 0;
    for (let i = 0; i < 300 && !statuses.includes(429); i++)
        await impatient.api(PKI).get();
    assert.deepEqual([...new Set(statuses)].sort(), [200, 429]);
}

async function headersAndErrors() {
    const ca = await client.api(CA).header("Prefer", "include-unknown-enum-members").post(given.authority);
    const raw: Response = await client.api(`${CA}/${ca.id}`).responseType(ResponseType.RAW).get();
    assert.equal(raw.headers.get("OData-Version"), "4.0");
    assert.ok(raw.headers.get("request-id"));
    const nothing = await client.api(`${CA}/${ca.id}`).header("Prefer", "return=minimal").patch({ description: "Brief" });
    assert.equal(nothing ?? null, null);
    const expanded = await client.api(`${CA}/${ca.id}`).select("id").expand("versions").get();
    assert.equal(expanded.versions[0].id, `${ca.id}_1`);
    const found = await client.api(CA).search(`"${ca.commonName}"`).header("ConsistencyLevel", "eventual").get();
    assert.deepEqual(found.value.map((one: any) => one.id), [ca.id]);

    const told = async (status: number, code: string, asked: Promise<any>) => assert.rejects(asked, (error: GraphError) => {
        assert.deepEqual([error instanceof GraphError, error.statusCode, error.code], [true, status, code]);
        const { innerError } = JSON.parse(error.body);
        assert.equal(error.requestId, innerError["request-id"]);
        assert.ok(error.date instanceof Date && error.date.getTime() > 0);
        return true;
    });
    await told(412, "PreconditionFailed", client.api(`${CA}/${ca.id}`).header("If-Match", 'W/"1"').patch({ description: "Late" }));
    await told(404, "ResourceNotFound", client.api(`${CA}/00000000-0000-4000-8000-000000000000`).get());
    await told(400, "BadRequest", client.api(CA).filter("displayName gt").get());
    await told(401, "InvalidAuthenticationToken", newClient(given, "not.a.token").api(CA).get());
}

await pages();
await batches();
await headersAndErrors();
await retries();
tell(graph);
