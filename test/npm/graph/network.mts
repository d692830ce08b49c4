/** Family D: certificates and policies of TLS inspection. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { type Given, type Graph, ids, unique } from "./graph.mjs";
import { sign } from "./openssl.mjs";

const TLS = "/networkAccess/tls";
const CERTIFICATES = `${TLS}/externalCertificateAuthorityCertificates`;
const POLICIES = "/networkAccess/tlsInspectionPolicies";
const CERTIFICATE = "networkaccess.ExternalCertificateAuthorityCertificate";
const POLICY = "networkaccess.TlsInspectionPolicy";
const RULE = "networkaccess.TlsInspectionRule";
const ALL_MEMBERS = { Prefer: "include-unknown-enum-members" };

async function certificates(graph: Graph, given: Given) {
    const name = `ca${randomUUID().slice(0, 8)}`;
    const made = await graph.call("D2", "POST", CERTIFICATES, CERTIFICATE, {
        body: {
            "@odata.type": "#microsoft.graph.networkaccess.externalCertificateAuthorityCertificate",
            name, commonName: "Contoso Inspection CA", organizationName: "Contoso Ltd",
        },
    });
    assert.equal(made.status, "csrGenerated");
    const certificate = sign(given.root, made.certificateSigningRequest, ["basicConstraints=critical,CA:TRUE,pathlen:0",
        "keyUsage=critical,keyCertSign,cRLSign", "extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash"]);
    await graph.call("D4", "PATCH", `${CERTIFICATES}/${made.id}`, "nothing", { body: { certificate, chain: given.root.certificate } });
    await graph.call("D4", "PATCH", `${CERTIFICATES}/${made.id}`, "nothing", { body: { status: "enabled" }, headers: ALL_MEMBERS });

    const listed = await graph.call("D1", "GET", CERTIFICATES, `${CERTIFICATE}[]`,
        { query: { $filter: `name eq '${name}'`, $count: true, $top: 10 }, headers: ALL_MEMBERS });
    assert.deepEqual(ids(listed), [made.id]);
    assert.notEqual(listed.value[0].status, "unknownFutureValue");
    await graph.call("D3", "GET", `${CERTIFICATES}/${made.id}`, CERTIFICATE);
    await graph.call("D6", "GET", TLS, "networkaccess.TlsTermination",
        { query: { $expand: "externalCertificateAuthorityCertificates" } });
    await graph.call("D4", "PATCH", `${CERTIFICATES}/${made.id}`, "nothing", { body: { status: "disabled" }, headers: ALL_MEMBERS });
    await graph.call("D5", "DELETE", `${CERTIFICATES}/${made.id}`, "nothing");
}

async function policies(graph: Graph) {
    const policy = await graph.call("D8", "POST", POLICIES, POLICY,
        { body: { name: unique("Policy"), description: "TLS", settings: { defaultAction: "bypass" } } });
    const path = `${POLICIES}/${policy.id}`;
    await graph.call("D9", "PATCH", path, "nothing", { body: { description: "Changed" } });
    assert.ok(ids(await graph.call("D7", "GET", POLICIES, `${POLICY}[]`)).includes(policy.id));
    assert.equal((await graph.call("D7", "GET", path, POLICY)).description, "Changed");

    const rule = await graph.call("D11", "POST", `${path}/policyRules`, RULE, {
        body: {
            "@odata.type": "#microsoft.graph.networkaccess.tlsInspectionRule",
            name: "Banks", priority: 100, action: "bypass", description: "Not these", settings: { status: "enabled" },
            matchingConditions: {
                destinations: [
                    { "@odata.type": "#microsoft.graph.networkaccess.tlsInspectionFqdnDestination", values: ["*.contoso.com"] },
                    { "@odata.type": "#microsoft.graph.networkaccess.tlsInspectionWebCategoryDestination", values: ["Finance"] },
                ],
            },
        },
    });
    assert.deepEqual(ids(await graph.call("D10", "GET", `${path}/policyRules`, `${RULE}[]`)), [rule.id]);
    await graph.call("D10", "GET", `${path}/policyRules/${rule.id}`, RULE);
    await graph.call("D12", "PATCH", `${path}/policyRules/${rule.id}`, "nothing", { body: { priority: 200 } });
    await graph.call("D12", "DELETE", `${path}/policyRules/${rule.id}`, "nothing");
    await graph.call("D9", "DELETE", path, "nothing");
}

export async function network(graph: Graph, given: Given) {
    await certificates(graph, given);
    await policies(graph);
}
