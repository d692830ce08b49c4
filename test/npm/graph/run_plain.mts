/** One family by microsoft-graph-client. */
import { given, tell } from "./graph.mjs";
import { Plain } from "./plain.mjs";
import { stories } from "./stories.mjs";

const graph = new Plain(given);
await stories[given.family](graph, given);
tell(graph);
