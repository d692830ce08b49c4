/** Family C: subscriptions to PKIs of others. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { type Given, type Graph, ids } from "./graph.mjs";

const PATH = "/deviceManagement/cloudPkiSubscriptions";
const TYPE = "CloudPkiSubscription";

export async function subscriptions(graph: Graph, given: Given) {
    const made = await graph.call("C3", "POST", PATH, TYPE, { body: given.subscription });
    assert.equal(made.credentials?.adminPassword ?? null, null);
    assert.ok(ids(await graph.call("C1", "GET", PATH, `${TYPE}[]`)).includes(made.id));
    await graph.call("C2", "GET", `${PATH}/${made.id}`, TYPE);
    const changed = await graph.call("C4", "PATCH", `${PATH}/${made.id}`, TYPE, { body: { displayName: "Renamed" } });
    assert.equal(changed.displayName, "Renamed");
    await graph.call("C5", "DELETE", `${PATH}/${made.id}`, "nothing");

    const id = randomUUID();
    assert.equal((await graph.call("C3", "POST", `/cloudPkiSubscriptions/${id}`, TYPE, { body: given.subscription })).id, id);
    await graph.refuse("C3", 409, "Conflict", "POST", `/cloudPkiSubscriptions/${id}`, { body: given.subscription });
    await graph.call("C5", "DELETE", `${PATH}/${id}`, "nothing");
}
