/** What a story asks of a client of Graph, and what the test makes of the answers. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Options {
    body?: object;
    query?: Record<string, string | number | boolean>;
    headers?: Record<string, string>;
    version?: "v1.0" | "beta";
}

/** From test_graph_clients.py, which makes what no request can. */
export interface Given {
    url: string;
    token: string;
    [name: string]: any;
}

/** A body as it came: the number of its operation in the API's description, its published type. */
export interface Reply {
    operation: string;
    type: string;
    body: any;
}

/**
 * Types are "Entity", "Entity[]" for a collection, "count", "nothing", "document" for what is not
 * OData and "ours" for what no published type describes.
 */
export abstract class Graph {
    readonly done = new Set<string>();
    readonly replies: Reply[] = [];

    /** The body; what the client made of it has been compared where the client has types. */
    protected abstract send(method: Method, path: string, type: string, options: Options): Promise<any>;
    /** Status and code of an error as the client tells it, null for any other. */
    protected abstract failure(error: unknown): { status: number; code: string | null } | null;

    async call(operation: string, method: Method, path: string, type: string, options: Options = {}) {
        let body;
        try {
            body = await this.send(method, path, type, options);
        } catch (error) {
            throw new Error(`${operation} ${method} ${path}: ${inspect(error)}`);
        }
        this.done.add(operation);
        this.check(operation, type, body);
        this.replies.push({ operation, type, body });
        return body;
    }

    async refuse(operation: string, status: number, code: string, method: Method, path: string, options: Options = {}) {
        await assert.rejects(this.send(method, path, "ours", options), (error) => {
            assert.deepEqual(this.failure(error), { status, code }, `${operation}: ${inspect(error)}`);
            return true;
        });
        this.done.add(operation);
    }

    private check(operation: string, type: string, body: any) {
        if (type === "nothing") assert.equal(body ?? null, null, operation);
        else if (type === "count") assert.ok(Number.isInteger(body), `${operation}: ${body}`);
        else if (type.endsWith("[]")) assert.ok(Array.isArray(body.value), operation);
        else assert.equal(typeof body, "object", operation);
    }
}

export const given: Given = JSON.parse(readFileSync(0, "utf8"));

export const unique = (name: string) => `${name} ${randomUUID().slice(0, 8)}`;

export const ids = (collection: { value: { id: string }[] }) => collection.value.map((one) => one.id);

export function tell(graph: Graph, more: object = {}) {
    console.log(JSON.stringify({ done: [...graph.done], replies: graph.replies, ...more }));
}
