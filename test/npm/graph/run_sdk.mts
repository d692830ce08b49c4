/** One family by the generated SDK. */
import { given, tell } from "./graph.mjs";
import { Sdk } from "./sdk.mjs";
import { stories } from "./stories.mjs";

const graph = new Sdk(given);
await stories[given.family](graph, given);
tell(graph);
