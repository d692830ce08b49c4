/** Family F: the policy of sign-in by certificate. */
import { strict as assert } from "node:assert";
import { type Graph } from "./graph.mjs";

const PATH = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate";
const TYPE = "X509CertificateAuthenticationMethodConfiguration";

export async function signInPolicy(graph: Graph) {
    const policy = await graph.call("F1", "GET", PATH, TYPE);
    assert.equal(policy.id, "X509Certificate");
    await graph.call("F2", "PATCH", PATH, "nothing", {
        body: {
            "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
            state: "enabled",
            certificateUserBindings: [
                { x509CertificateField: "PrincipalName", userProperty: "userPrincipalName", priority: 1, trustAffinityLevel: "low" },
                { x509CertificateField: "SubjectKeyIdentifier", userProperty: "certificateUserIds", priority: 2, trustAffinityLevel: "high" },
            ],
            authenticationModeConfiguration: {
                x509CertificateAuthenticationDefaultMode: "x509CertificateSingleFactor",
                x509CertificateDefaultRequiredAffinityLevel: "low",
                rules: [{
                    x509CertificateRuleType: "policyOID", identifier: "1.2.3.4",
                    x509CertificateAuthenticationMode: "x509CertificateMultiFactor", x509CertificateRequiredAffinityLevel: "high",
                }],
            },
            issuerHintsConfiguration: { state: "enabled" },
            crlValidationConfiguration: { state: "enabled", exemptedCertificateAuthoritiesSubjectKeyIdentifiers: ["AABBCCDD"] },
        },
    });
    for (const version of ["beta", "v1.0"] as const) {
        const changed = await graph.call("F1", "GET", PATH, TYPE, { version });
        assert.deepEqual([changed.state, changed.certificateUserBindings.length, changed.authenticationModeConfiguration.rules.length], ["enabled", 2, 1]);
    }
    await graph.call("F3", "DELETE", PATH, "nothing");
    assert.equal((await graph.call("F1", "GET", PATH, TYPE)).state, "disabled");
}
