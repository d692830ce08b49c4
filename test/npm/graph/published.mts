/** The published types as a reply may show them, and all that they lack. */
import type * as graph from "@microsoft/microsoft-graph-types-beta";
import type * as sdk from "@microsoft/msgraph-beta-sdk/models/index.js";

export type { graph };

/** A model of the SDK as it is on the wire. */
type OnWire<T> = T extends Date | ArrayBuffer ? string
    : T extends (infer Item)[] ? OnWire<Item>[]
    : T extends object ? { [Name in keyof T as Name extends "additionalData" | "backingStore" | "odataType" ? never : Name]: OnWire<T[Name]> }
    : T;

/** In the SDK, not in the types. */
export type CloudCertificationAuthorityVersion = OnWire<sdk.CloudCertificationAuthorityVersion>;

/** Published in 2017, withdrawn since. */
export interface CloudPkiSubscription {
    id?: string;
    cloudPkiProvider?: "unKnown" | "symantec";
    displayName?: string | null;
    description?: string | null;
    credentials?: {
        adminUserName?: string | null;
        adminPassword?: string | null;
        authenticationCertificate?: string | null;
        authenticationCertificatePassword?: string | null;
    } | null;
    trustedRootCertificate?: string | null;
    syncStatus?: "unKnown" | "succeeded" | "failed";
    lastSyncError?: string | null;
    lastSyncDateTime?: string | null;
    version?: number;
    createdDateTime?: string;
    lastModifiedDateTime?: string;
}

type External = graph.Networkaccess.ExternalCertificateAuthorityCertificate;

/** Nullability is not published: there is no validity before there is a certificate. The members of status are told by its page. */
export type ExternalCertificateAuthorityCertificate = Omit<External, "validity" | "status"> & {
    validity?: External["validity"] | null;
    status?: External["status"] | "enabled" | "disabled";
};

/** Members that came after the types were made. */
declare module "@microsoft/microsoft-graph-types-beta" {
    interface CloudCertificationAuthority {
        activeVersion?: CloudCertificationAuthorityVersion | null;
        geographicRegion?: string | null;
        versions?: CloudCertificationAuthorityVersion[];
    }
    interface CloudCertificationAuthorityLeafCertificate {
        certificationAuthorityVersionNumber?: number;
        cloudCertificationAuthorityVersion?: CloudCertificationAuthorityVersion | null;
    }
    /** Published for v1.0 only. */
    interface X509CertificateAuthenticationMethodConfiguration {
        crlValidationConfiguration?: {
            state?: "disabled" | "enabled";
            exemptedCertificateAuthoritiesSubjectKeyIdentifiers?: string[] | null;
        };
    }
    namespace Networkaccess {
        /** In the pages of the API, not in the newest types. */
        interface TlsInspectionPolicySettings {
            defaultAction?: "bypass" | "inspect";
        }
        interface TlsInspectionRule {
            action?: "bypass" | "inspect";
        }
        /** Of both types that derive from it. */
        interface TlsInspectionDestination {
            values?: string[];
        }
    }
}

/** @odata.etag, versions@odata.context, @cloudpki.notice. */
interface Annotations {
    [annotation: `${string}@${"odata" | "cloudpki"}.${string}`]: unknown;
}

/** T with annotations everywhere and nothing else: object literals are checked for excess members. */
export type Reply<T> = T extends (infer Item)[] ? Reply<Item>[]
    : T extends object ? { [Name in keyof T]: Reply<T[Name]> } & Annotations
    : T;

export type Replies<T> = { value: Reply<T>[] } & Annotations;
