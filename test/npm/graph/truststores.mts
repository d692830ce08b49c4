/** Families B and E: the trust store of PKIs, and the classic one of the organization. */
import { strict as assert } from "node:assert";
import { type Given, type Graph, ids, unique } from "./graph.mjs";

const PKI = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";
const DELETED = "/directory/deletedItems";
const TYPE = "CertificateBasedAuthPki";
const MEMBER = "CertificateAuthorityDetail";
const CLASSIC = "CertificateBasedAuthConfiguration";
const EVENTUAL = { ConsistencyLevel: "eventual" };

async function uploaded(graph: Graph, given: Given, pki: { id: string }) {
    await graph.call("B6", "POST", `${PKI}/${pki.id}/upload`, "nothing", { body: given.bundle });
    for (let tries = 0; tries < 400; tries++) {
        const { status, statusDetails } = await graph.call("B3", "GET", `${PKI}/${pki.id}`, TYPE, { query: { $select: "status,statusDetails" } });
        if (status !== "running") return assert.equal(status, "succeeded", statusDetails);
        await new Promise((resume) => setTimeout(resume, 50));
    }
    assert.fail("the upload does not end");
}

async function members(graph: Graph, given: Given, pki: { id: string }) {
    const path = `${PKI}/${pki.id}/certificateAuthorities`;
    const first = await graph.call("B8", "POST", path, MEMBER, { body: given.authorities[0] });
    const second = await graph.call("B8", "POST", path, MEMBER, { body: given.authorities[1] });
    await graph.call("B9", "GET", `${path}/${first.id}`, MEMBER);
    const changed = await graph.call("B10", "PATCH", `${path}/${first.id}`, MEMBER,
        { body: { certificateRevocationListUrl: "http://crl.contoso.com/1.crl", isIssuerHintEnabled: true } });
    assert.equal(changed.isIssuerHintEnabled, true);
    const listed = await graph.call("B7", "GET", path, `${MEMBER}[]`,
        { query: { $filter: `startswith(thumbprint,'${first.thumbprint.slice(0, 10)}')`, $count: true, $top: 10 }, headers: EVENTUAL });
    assert.deepEqual([ids(listed), listed["@odata.count"]], [[first.id], 1]);
    await graph.call("B12", "GET", `${path}/$count`, "count", { headers: EVENTUAL });
    await graph.call("B11", "DELETE", `${path}/${second.id}`, "nothing");
    assert.ok(ids(await graph.call("B14", "GET", `${DELETED}/microsoft.graph.certificateAuthorityDetail`, `${MEMBER}[]`)).includes(second.id));
    const back = await graph.call("B16", "POST", `${DELETED}/${second.id}/restore`, "DirectoryObject", { body: {} });
    assert.equal(back.id, second.id);
}

export async function pkis(graph: Graph, given: Given) {
    const name = unique("Contoso PKI");
    const pki = await graph.call("B2", "POST", PKI, TYPE, { body: { displayName: name } });
    await graph.call("B4", "PATCH", `${PKI}/${pki.id}`, TYPE, { body: { displayName: `${name} 2` } });
    const listed = await graph.call("B1", "GET", PKI, `${TYPE}[]`, { query: { $filter: `displayName eq '${name} 2'`, $orderby: "displayName" } });
    assert.deepEqual(ids(listed), [pki.id]);
    await graph.call("B3", "GET", `${PKI}/${pki.id}`, TYPE, { version: "v1.0" });
    assert.ok((await graph.call("B12", "GET", `${PKI}/$count`, "count", { headers: EVENTUAL })) >= 1);
    await members(graph, given, pki);
    await uploaded(graph, given, pki);

    await graph.call("B5", "DELETE", `${PKI}/${pki.id}`, "nothing");
    const deleted = await graph.call("B13", "GET", `${DELETED}/microsoft.graph.certificateBasedAuthPki`, `${TYPE}[]`,
        { query: { $orderby: "deletedDateTime", $count: true }, headers: EVENTUAL });
    assert.deepEqual(ids(deleted), [pki.id]);
    const item = await graph.call("B15", "GET", `${DELETED}/${pki.id}`, "DirectoryObject");
    assert.equal(item["@odata.type"], "#microsoft.graph.certificateBasedAuthPki");
    await graph.call("B16", "POST", `${DELETED}/${pki.id}/restore`, "DirectoryObject", { body: {} });
    await graph.call("B5", "DELETE", `${PKI}/${pki.id}`, "nothing");
    await graph.call("B17", "DELETE", `${DELETED}/${pki.id}`, "nothing");
    await graph.refuse("B15", 404, "Request_ResourceNotFound", "GET", `${DELETED}/${pki.id}`);
}

export async function classicStore(graph: Graph, given: Given) {
    const [organization] = (await graph.call("organization", "GET", "/organization", "Organization[]", { query: { $select: "id" } })).value;
    const path = `/organization/${organization.id}/certificateBasedAuthConfiguration`;
    const { certificate } = given.authorities[0];
    const made = await graph.call("E3", "POST", path, CLASSIC,
        { body: { certificateAuthorities: [{ certificate, isRootAuthority: true }] } });
    assert.equal(made.id, "29728ade-6ae4-4ee9-9103-412912537da5");
    for (const version of ["beta", "v1.0"] as const)
        assert.deepEqual(ids(await graph.call("E1", "GET", path, `${CLASSIC}[]`, { version })), [made.id]);
    assert.equal((await graph.call("E2", "GET", `${path}/${made.id}`, CLASSIC)).certificateAuthorities[0].certificate, certificate);
    await graph.call("E4", "DELETE", `${path}/${made.id}`, "nothing");
    assert.deepEqual(ids(await graph.call("E1", "GET", path, `${CLASSIC}[]`)), []);
}
