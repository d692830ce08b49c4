/**
 * The generated SDK: request builders where it has them, else RequestInformation and the adapter;
 * models both ways. A member that it does not know lands in additionalData, one of a wrong kind
 * reads back undefined, so every reply is held against what the SDK made of it.
 */
import { strict as assert } from "node:assert";
import {
    AllowedHostsValidator, BaseBearerTokenAuthenticationProvider, type ErrorMappings, HttpMethod, type Parsable,
    type ParsableFactory, RequestInformation,
} from "@microsoft/kiota-abstractions";
import { JsonParseNodeFactory } from "@microsoft/kiota-serialization-json";
import { createGraphBetaServiceClient, GraphBetaRequestAdapter } from "@microsoft/msgraph-beta-sdk";
import "@microsoft/msgraph-beta-sdk-directory";
import * as models from "@microsoft/msgraph-beta-sdk/models/index.js";
import * as networkaccess from "@microsoft/msgraph-beta-sdk/models/networkaccess/index.js";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";
import { createGraphClientFactory } from "@microsoft/msgraph-sdk-core";
import { type Given, Graph, type Method, type Options } from "./graph.mjs";

/** Members that the API has and the models of the SDK have not. */
export const NOT_IN_MODELS = new Set([
    "crlValidationConfiguration", // of the policy: published for v1.0 only
    "defaultAction", "action", // of TLS inspection: in the pages, not in the newest list of types
]);

/** Published in 2017, then withdrawn: read as an entity whose members are all additional. */
const WITHDRAWN = new Set(["CloudPkiSubscription"]);

/** Hold values of derived types, whose members the serializers of 1.0.0-preview.81 leave out: sent as JSON. */
const READ_ONLY = new Set(["networkaccess.TlsInspectionRule"]);

export const errors: ErrorMappings = { XXX: createODataErrorFromDiscriminatorValue };

const PKI = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations";

/** The SDK's other packages, which would build requests to the rest of the API, are not published. */
const WITHOUT_BUILDERS = ["deviceManagement", "cloudPkiSubscriptions", "networkAccess", "organization", "policies"];

/** Nor does the one of the directory know the casts of deletedItems to the types of the trust store. */
const hasNoBuilder = (path: string) =>
    WITHOUT_BUILDERS.includes(path.split("/")[1]) || path.startsWith("/directory/deletedItems/microsoft.graph.");

/** The request builder for a path, null if there is none. */
function builderOf(sdk: ReturnType<typeof createGraphBetaServiceClient>, path: string): any {
    const [, pki, rest = ""] = path.match(new RegExp(`^${PKI}(?:/([^/]+)(.*))?$`)) ?? [];
    const [, item, restore] = path.match(/^\/directory\/deletedItems\/([^/.]+)(\/restore)?$/) ?? [];
    if (item) {
        const builder = sdk.directory.deletedItems.byDirectoryObjectId(item);
        return restore ? builder.restore : builder;
    }
    if (hasNoBuilder(path)) return null;
    const all = sdk.directory.publicKeyInfrastructure.certificateBasedAuthConfigurations;
    if (!pki) return all;
    if (pki === "$count") return all.count;
    const one = all.byCertificateBasedAuthPkiId(pki);
    const [, name, member] = rest.split("/");
    if (!name) return one;
    if (name === "upload") return one.upload;
    if (!member) return one.certificateAuthorities;
    return member === "$count" ? one.certificateAuthorities.count : one.certificateAuthorities.byCertificateAuthorityDetailId(member);
}

/** Read as their base types, as the lists that they are in promise: @odata.type must tell. */
const BASES: Record<string, string> = { TlsInspectionRule: "PolicyRule" };

function factory(type: string): ParsableFactory<any> {
    if (WITHDRAWN.has(type)) return models.createEntityFromDiscriminatorValue;
    const [, namespace, name, list] = type.match(/^(?:(\w+)\.)?(\w+)(\[\])?$/)!;
    const made = { ...models, ...(namespace ? networkaccess : {}) } as any;
    const wanted = `create${BASES[name] ?? name}${list ? "CollectionResponse" : ""}FromDiscriminatorValue`;
    assert.ok(made[wanted], wanted);
    return made[wanted];
}

const serializer = (type: string): any =>
    ({ ...models, ...(type.startsWith("networkaccess.") ? networkaccess : {}) } as any)[`serialize${type.replace(/^.*\.|\[\]/g, "")}`];

const isAnnotation = (name: string) => name.includes("@");

/** True of null too, which the SDK reads as nothing, or as an object without members. */
function same(wire: any, typed: any, where: string): void {
    if (wire === null) {
        assert.ok(typed == null || Object.keys(typed).length === 0, `${where} is null`);
    } else if (Array.isArray(wire)) {
        assert.equal(typed?.length, wire.length, where);
        wire.forEach((one, i) => same(one, typed[i], `${where}[${i}]`));
    } else if (typeof wire === "object") {
        sameObject(wire, typed, where);
    } else if (typed instanceof Date) {
        assert.equal(typed.getTime(), new Date(wire).getTime(), where);
    } else if (typed instanceof ArrayBuffer || ArrayBuffer.isView(typed)) {
        assert.equal(Buffer.from(typed as ArrayBuffer).toString("base64"), wire, where);
    } else {
        assert.deepEqual(typed, wire, where);
    }
}

function sameObject(wire: any, typed: any, where: string) {
    assert.ok(typed, `${where} is lost`);
    for (const [name, value] of Object.entries(wire)) {
        if (isAnnotation(name)) continue;
        if (NOT_IN_MODELS.has(name)) assert.deepEqual(typed.additionalData[name], value, `${where}.${name}`);
        else same(value, typed[name], `${where}.${name}`);
    }
    const unknown = Object.keys(typed.additionalData ?? {}).filter((name) => !isAnnotation(name) && !NOT_IN_MODELS.has(name));
    assert.deepEqual(unknown, [], `${where} has members that the SDK does not know`);
}

export class Sdk extends Graph {
    readonly adapter: GraphBetaRequestAdapter;
    readonly client: ReturnType<typeof createGraphBetaServiceClient>;
    readonly statuses: number[] = [];
    private wire = "";

    constructor(given: Given, token = given.token) {
        super();
        const hosts = new AllowedHostsValidator(new Set(["127.0.0.1"]));
        const authentication = new BaseBearerTokenAuthenticationProvider({
            getAuthorizationToken: async () => token,
            getAllowedHostsValidator: () => hosts,
        });
        const http = createGraphClientFactory({ graphServiceTargetVersion: "beta" }, (url, init) => this.fetch(url, init));
        this.adapter = new GraphBetaRequestAdapter(authentication, undefined, undefined, http);
        this.adapter.baseUrl = `${given.url}/beta`;
        this.client = createGraphBetaServiceClient(this.adapter);
        for (const name of WITHOUT_BUILDERS) assert.throws(() => (this.client as any)[name], /couldn't find navigation property/);
    }

    private async fetch(url: string, init: RequestInit) {
        const response = await fetch(url, init);
        this.statuses.push(response.status);
        this.wire = await response.clone().text();
        return response;
    }

    protected async send(method: Method, path: string, type: string, options: Options) {
        const builder = options.version === "v1.0" ? null : builderOf(this.client, path);
        assert.ok(builder || options.version === "v1.0" || hasNoBuilder(path), path);
        this.wire = "";
        const typed = await (builder ? this.build(builder, method, type, options) : this.request(method, path, type, options));
        if (type === "count" || type === "nothing") return typed;
        const wire = JSON.parse(this.wire);
        if (WITHDRAWN.has(type.replace("[]", ""))) return wire;
        if (type !== "document" && type !== "ours") same(wire, typed, type);
        return wire;
    }

    private build(builder: any, method: Method, type: string, options: Options) {
        const { query = {}, headers, body } = options;
        const queryParameters = Object.fromEntries(Object.entries(query).map(([name, value]) =>
            [name.slice(1), /select|orderby|expand/.test(name) ? String(value).split(",") : value]));
        const configuration = { headers, queryParameters };
        const isAction = type === "nothing" || type === "DirectoryObject";
        const model = body && (isAction ? body : this.model(type, body));
        const verbs = {
            GET: () => builder.get(configuration),
            POST: () => builder.post(model, configuration),
            PATCH: () => builder.patch(model, configuration),
            DELETE: () => builder.delete(configuration),
        };
        return verbs[method]();
    }

    /** Bodies go through the model of the entity; those of actions have none without their builders. */
    private model(type: string, body: object): Parsable {
        const octets = new TextEncoder().encode(JSON.stringify(body)).buffer as ArrayBuffer;
        const node = new JsonParseNodeFactory().getRootParseNode("application/json", octets);
        return node.getObjectValue(factory(type)) as Parsable;
    }

    information(method: Method, path: string, type: string, options: Options) {
        const information = new RequestInformation(HttpMethod[method]);
        const query = new URLSearchParams(options.query as Record<string, string>);
        const base = this.adapter.baseUrl.replace(/beta$/, options.version ?? "beta");
        information.URL = `${base}${path}${query.size ? `?${query}` : ""}`;
        information.addRequestHeaders({ Accept: type === "count" ? "text/plain" : "application/json", ...options.headers });
        const { body } = options;
        if (body && "@odata.type" in body && serializer(type) && !READ_ONLY.has(type))
            information.setContentFromParsable(this.adapter, "application/json", this.model(type, body), serializer(type));
        else if (body)
            information.setStreamContent(new TextEncoder().encode(JSON.stringify(body)).buffer as ArrayBuffer, "application/json");
        return information;
    }

    private request(method: Method, path: string, type: string, options: Options): Promise<any> {
        const information = this.information(method, path, type, options);
        if (type === "count") return this.adapter.sendPrimitive<number>(information, "number", errors);
        if (type === "nothing") return this.adapter.sendNoResponseContent(information, errors);
        if (type === "document" || type === "ours" || WITHDRAWN.has(type.replace("[]", "")))
            return this.adapter.sendPrimitive<ArrayBuffer>(information, "ArrayBuffer", errors);
        return this.adapter.send(information, factory(type), errors);
    }

    protected failure(error: any) {
        return error?.responseStatusCode ? { status: error.responseStatusCode, code: error.errorEscaped?.code ?? null } : null;
    }
}
