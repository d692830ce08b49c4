/** microsoft-graph-client: requests by path, replies as they come. */
import { Client, GraphError } from "@microsoft/microsoft-graph-client";
import { type Given, Graph, type Method, type Options } from "./graph.mjs";

export function newClient(given: Given, token = given.token) {
    return Client.init({
        authProvider: (done) => done(null, token),
        baseUrl: `${given.url}/`,
        customHosts: new Set(["127.0.0.1"]),
        defaultVersion: "beta",
    });
}

export class Plain extends Graph {
    readonly client: Client;

    constructor(given: Given) {
        super();
        this.client = newClient(given);
    }

    protected async send(method: Method, path: string, type: string, options: Options): Promise<any> {
        const request = this.client.api(path).version(options.version ?? "beta").headers(options.headers ?? {});
        for (const [name, value] of Object.entries(options.query ?? {})) request.query({ [name]: String(value) });
        const verbs = {
            GET: () => request.get(),
            POST: () => request.post(options.body),
            PATCH: () => request.patch(options.body),
            DELETE: () => request.delete(),
        };
        const body = await verbs[method]();
        return type === "count" ? Number(body) : body;
    }

    protected failure(error: unknown) {
        return error instanceof GraphError ? { status: error.statusCode, code: error.code } : null;
    }
}
