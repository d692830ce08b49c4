/** What the generated SDK does besides single operations: pages, batches, retries, headers, errors. */
import { strict as assert } from "node:assert";
import { Headers } from "@microsoft/kiota-abstractions";
import { type CertificateBasedAuthPki, createCertificateBasedAuthPkiCollectionResponseFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/index.js";
import { BatchRequestContent, type PageCollection, PageIterator } from "@microsoft/msgraph-sdk-core";
import { given, tell, unique } from "./graph.mjs";
import { errors, Sdk } from "./sdk.mjs";

const ALL = 7;

const graph = new Sdk(given);
const { client, adapter } = graph;
const pkis = client.directory.publicKeyInfrastructure.certificateBasedAuthConfigurations;
const name = unique("Habit");

async function pages() {
    for (let i = 0; i < ALL; i++) await pkis.post({ displayName: `${name} ${i}` });
    const first = await pkis.get({
        headers: { ConsistencyLevel: "eventual" },
        queryParameters: { filter: `startswith(displayName,'${name}')`, orderby: ["displayName desc"], top: 3, count: true },
    });
    assert.deepEqual([first?.value?.length, first?.odataCount], [3, ALL]);
    const found: string[] = [];
    const iterator = new PageIterator<CertificateBasedAuthPki>(adapter, first as PageCollection<CertificateBasedAuthPki>,
        (one) => found.push(one.displayName!) > 0,
        createCertificateBasedAuthPkiCollectionResponseFromDiscriminatorValue as any, errors,
        { headers: new Headers([["ConsistencyLevel", new Set(["eventual"])]]) });
    await iterator.iterate();
    assert.equal(iterator.getPagingState(), "Complete");
    assert.deepEqual(found, [...Array(ALL).keys()].reverse().map((i) => `${name} ${i}`));
}

/**
 * msgraph-sdk-core 1.0.0-preview.17 sends no headers in a batch, so that nobody can tell what a body is,
 * and reads bodies only if they are base64: what is left are requests without a body and statuses.
 */
async function batches() {
    const pki = await pkis.post({ displayName: `${name} in a batch` });
    const one = pkis.byCertificateBasedAuthPkiId(pki!.id!);
    const batch = new BatchRequestContent(adapter, errors);
    const steps = [one.toGetRequestInformation(), one.toDeleteRequestInformation(), one.toGetRequestInformation(), pkis.toGetRequestInformation()]
        .map((information) => batch.addBatchRequest(information));
    steps.slice(1).forEach((step, i) => { step.dependsOn = [steps[i].id]; });
    const answer = await batch.postAsync();
    const statuses = await answer!.getResponsesStatusCodes();
    assert.deepEqual(steps.map(({ id }) => statuses.get(id)), [200, 204, 404, 424]);
}

async function headersAndErrors() {
    const refused = async (status: number, code: string, asked: Promise<any>) => assert.rejects(asked, (error: any) => {
        assert.deepEqual([error.responseStatusCode, error.errorEscaped?.code], [status, code]);
        assert.ok(error.errorEscaped.innerError.requestId && error.errorEscaped.innerError.date instanceof Date);
        return true;
    });
    const pki = await pkis.post({ displayName: name });
    const one = pkis.byCertificateBasedAuthPkiId(pki!.id!);
    assert.equal(await one.patch({ displayName: `${name} 2` }, { headers: { Prefer: "return=minimal" } }) ?? null, null);
    assert.equal((await one.get({ queryParameters: { select: ["displayName"] } }))?.displayName, `${name} 2`);
    await refused(404, "Request_ResourceNotFound", pkis.byCertificateBasedAuthPkiId("00000000-0000-4000-8000-000000000000").get());
    await refused(400, "Request_BadRequest", one.patch({ displayName: "x".repeat(300) }));
    await refused(401, "InvalidAuthenticationToken",
        new Sdk(given, "not.a.token").client.directory.publicKeyInfrastructure.certificateBasedAuthConfigurations.get());
}

/** The server takes 60 requests a minute of a caller: 60 at once, and one more each second. */
async function retries() {
    const impatient = new Sdk({ ...given, url: given.slow.url }, given.slow.token);
    const path = impatient.client.directory.publicKeyInfrastructure.certificateBasedAuthConfigurations;
    for (let i = 0; i < 300 && !impatient.statuses.includes(429); i++) await path.get();
    assert.deepEqual([...new Set(impatient.statuses)].sort(), [200, 429]);
}

await pages();
await batches();
await headersAndErrors();
await retries();
tell(graph);
