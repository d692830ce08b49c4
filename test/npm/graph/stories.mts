/** The families of the API's description by their letter. */
import { authorities } from "./authorities.mjs";
import type { Given, Graph } from "./graph.mjs";
import { network } from "./network.mjs";
import { signInPolicy } from "./signin.mjs";
import { subscriptions } from "./subscriptions.mjs";
import { classicStore, pkis } from "./truststores.mjs";

export const stories: Record<string, (graph: Graph, given: Given) => Promise<void>> = {
    A: authorities,
    B: pkis,
    C: subscriptions,
    D: network,
    E: classicStore,
    F: signInPolicy,
};
