/** Family A: cloud certification authorities and their leaf certificates. */
import { strict as assert } from "node:assert";
import { type Given, type Graph, ids, unique } from "./graph.mjs";
import { base64, pem, sign } from "./openssl.mjs";

const CA = "/deviceManagement/cloudCertificationAuthority";
const ALL_LEAVES = "/deviceManagement/cloudCertificationAuthorityLeafCertificate";
const REPORTS = "/deviceManagement/reports";
const TYPE = "CloudCertificationAuthority";
const VERSION = "CloudCertificationAuthorityVersion";
const LEAF = "CloudCertificationAuthorityLeafCertificate";

const leaves = (ca: { id: string }) => `${CA}/${ca.id}/cloudCertificationAuthorityLeafCertificate`;

function wish(more: object = {}) {
    const name = unique("Contoso CA");
    return {
        "@odata.type": "#microsoft.graph.cloudCertificationAuthority",
        displayName: name,
        commonName: name,
        description: "Made by a client of Graph",
        cloudCertificationAuthorityType: "rootCertificationAuthority",
        certificateKeySize: "eCP256",
        cloudCertificationAuthorityHashingAlgorithm: "sha256",
        validityPeriodInYears: 10,
        organizationName: "Contoso Ltd",
        countryName: "CH",
        extendedKeyUsages: [{ name: "Client authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }],
        ...more,
    };
}

const issuedBy = (root: { id: string }) => wish({
    cloudCertificationAuthorityType: "issuingCertificationAuthority",
    certificationAuthorityIssuerId: root.id,
    validityPeriodInYears: 5,
});

async function madeAndShown(graph: Graph) {
    const root = await graph.call("A3", "POST", CA, TYPE, { body: wish() });
    const ca = await graph.call("A3", "POST", CA, TYPE, { body: issuedBy(root) });
    assert.equal(ca.certificationAuthorityIssuerId, root.id);

    const all = await graph.call("A1", "GET", CA, `${TYPE}[]`);
    assert.ok(ids(all).includes(root.id) && ids(all).includes(ca.id));
    const some = await graph.call("A1", "GET", CA, `${TYPE}[]`, {
        query: {
            $select: "id,displayName,certificationAuthorityStatus",
            $filter: `certificationAuthorityStatus eq 'active' and displayName eq '${ca.displayName}'`,
            $orderby: "displayName desc", $top: 5, $count: true,
        },
    });
    assert.deepEqual([ids(some), some["@odata.count"]], [[ca.id], 1]);
    assert.deepEqual(ids(await graph.call("A1", "GET", CA, `${TYPE}[]`, { query: { $search: `"${ca.displayName}"` } })), [ca.id]);
    const expanded = await graph.call("A2", "GET", `${CA}/${ca.id}`, TYPE, { query: { $expand: "versions" } });
    assert.equal(expanded.versions.length, 1);
    assert.ok((await graph.call("A6", "GET", `${CA}/$count`, "count")) >= 2);

    const changed = await graph.call("A4", "PATCH", `${CA}/${ca.id}`, TYPE, { body: { description: "Changed" } });
    assert.equal(changed.description, "Changed");
    assert.ok(ids(await graph.call("A7", "POST", `${CA}/${ca.id}/getAllCloudCertificationAuthority`, `${TYPE}[]`)).length >= 2);
    assert.deepEqual((await graph.call("A8", "POST", `${CA}/${ca.id}/getCloudCertificationAuthority`, TYPE)).id, ca.id);
    await graph.call("A9", "POST", `${CA}/${ca.id}/postCloudCertificationAuthority`, `${TYPE}[]`);
    await graph.call("A10", "POST", `${CA}/${ca.id}/patchCloudCertificationAuthority`, TYPE);
    return { root, ca };
}

async function leafCertificates(graph: Graph, given: Given, ca: { id: string }) {
    const signed = [];
    for (const request of given.requests)
        signed.push(await graph.call("ours", "POST", `${CA}/${ca.id}/cloudpki.signCertificateRequest`, "ours",
            { body: { certificateSigningRequest: request, allowAnyName: true } }));
    for (const path of [leaves(ca), ALL_LEAVES]) {
        const listed = await graph.call("A22", "GET", path, `${LEAF}[]`, { query: { $filter: `issuerId eq '${ca.id}'` } });
        assert.deepEqual(ids(listed).sort(), signed.map((one) => one.id).sort());
        await graph.call("A23", "GET", `${path}/${signed[0].id}`, LEAF);
        assert.ok((await graph.call("A27", "GET", `${path}/$count`, "count")) >= signed.length);
    }
    await graph.call("A23", "GET", `${leaves(ca)}/${signed[0].id}`, LEAF, { query: { $expand: "cloudCertificationAuthorityVersion" } });
    await graph.refuse("A24", 405, "MethodNotAllowed", "POST", leaves(ca), { body: { subjectName: "CN=none" } });
    await graph.refuse("A25", 405, "MethodNotAllowed", "PATCH", `${leaves(ca)}/${signed[0].id}`, { body: { deviceName: "none" } });
    await graph.refuse("A26", 409, "Conflict", "DELETE", `${leaves(ca)}/${signed[0].id}`);
    await graph.call("A26", "DELETE", `${leaves(given.expired.ca)}/${given.expired.leaf}`, "nothing");
    await graph.call("A28", "POST", `${CA}/${ca.id}/getAllCloudCertificationAuthorityLeafCertificates`, `${LEAF}[]`);
    const bySerial = { certificateSerialNumber: signed[0].serialNumber };
    const found = await graph.call("A29", "POST",
        `${CA}/${ca.id}/searchCloudCertificationAuthorityLeafCertificateBySerialNumber`, LEAF, { body: bySerial });
    assert.equal(found.id, signed[0].id);
    const revoked = await graph.call("A30", "POST", `${CA}/${ca.id}/revokeLeafCertificate`, LEAF,
        { body: { leafCertificateId: signed[1].id } });
    assert.equal(revoked.certificateStatus, "revoked");
    await graph.call("A31", "POST", `${CA}/${ca.id}/revokeLeafCertificateBySerialNumber`, LEAF, { body: bySerial });
    const table = await graph.call("A32", "POST", `${REPORTS}/retrieveCloudPkiLeafCertificateReport`, "document",
        { body: { certificationAuthorityId: ca.id, top: 10, skip: 0, select: ["id", "certificateStatus"], filter: "certificateStatus eq 'revoked'", search: "", orderBy: ["id"] } });
    assert.equal(table.TotalRowCount, 2);
    await graph.call("A33", "POST", `${REPORTS}/retrieveCloudPkiLeafCertificateSummaryReport`, "document",
        { body: { certificationAuthorityId: ca.id, select: [] } });
}

async function externalRoot(graph: Graph, given: Given) {
    const waiting = await graph.call("A3", "POST", CA, TYPE, {
        body: wish({ cloudCertificationAuthorityType: "issuingCertificationAuthorityWithExternalRoot", validityPeriodInYears: undefined }),
    });
    assert.equal(waiting.certificationAuthorityStatus, "signingPending");
    const certificate = sign(given.root, pem(waiting.certificateSigningRequest, "CERTIFICATE REQUEST"), [
        "basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]);
    const ca = await graph.call("A13", "POST", `${CA}/${waiting.id}/uploadExternallySignedCertificationAuthorityCertificate`, TYPE, {
        body: {
            signedCertificate: base64(certificate),
            trustChainCertificates: [{ displayName: "Outside", certificate: base64(given.root.certificate) }],
            certificationAuthorityVersion: 1,
        },
    });
    assert.equal(ca.certificationAuthorityStatus, "active");
}

async function versions(graph: Graph, id: string) {
    await graph.call("A14", "POST", `${CA}/${id}/renew`, "nothing");
    const listed = await graph.call("A19", "GET", `${CA}/${id}/versions`, `${VERSION}[]`, { query: { $orderby: "versionNumber" } });
    assert.deepEqual(listed.value.map((one: any) => one.certificationAuthorityVersionStatus), ["active", "staged"]);
    await graph.call("A20", "GET", `${CA}/${id}/versions/${listed.value[1].id}`, VERSION);
    assert.equal(await graph.call("A21", "GET", `${CA}/${id}/versions/$count`, "count"), 2);
    const active = await graph.call("A18", "GET", `${CA}/${id}/activeVersion`, VERSION);
    assert.equal((await graph.call("A16", "POST", `${CA}/${id}/getCloudCertificationAuthorityVersion`, VERSION)).id, active.id);
    await graph.call("A17", "POST", `${CA}/${id}/getCloudCertificationAuthorityVersions`, `${VERSION}[]`);
    const ca = await graph.call("A15", "POST", `${CA}/${id}/activate`, TYPE, { body: { certificationAuthorityVersion: 2 } });
    assert.equal(ca.activeVersion.versionNumber, 2);
}

async function toItsEnd(graph: Graph, root: { id: string }) {
    const ca = await graph.call("A3", "POST", CA, TYPE, { body: issuedBy(root) });
    const status = async (certificationAuthorityStatus: string) =>
        (await graph.call("A11", "POST", `${CA}/${ca.id}/changeCloudCertificationAuthorityStatus`, TYPE,
            { body: { certificationAuthorityStatus, certificationAuthorityVersion: 1 } })).certificationAuthorityStatus;
    assert.equal(await status("paused"), "paused");
    assert.equal(await status("active"), "active");
    await status("paused");
    const revoked = await graph.call("A12", "POST", `${CA}/${ca.id}/revokeCloudCertificationAuthorityCertificate`, TYPE,
        { body: { certificationAuthorityVersion: 1 } });
    assert.equal(revoked.certificationAuthorityStatus, "revoked");
    await graph.call("A5", "DELETE", `${CA}/${ca.id}`, "nothing");
    await graph.refuse("A2", 404, "ResourceNotFound", "GET", `${CA}/${ca.id}`);
}

export async function authorities(graph: Graph, given: Given) {
    const { root, ca } = await madeAndShown(graph);
    await leafCertificates(graph, given, ca);
    await externalRoot(graph, given);
    await versions(graph, given.renewable);
    await toItsEnd(graph, root);
}
