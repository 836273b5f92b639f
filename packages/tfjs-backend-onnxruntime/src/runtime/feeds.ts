import type { Feed } from "../graph/graph.js";
import type { Data } from "../graph/types.js";
import { nativeTensor } from "./session.js";

/** What a session is fed: the kernel's inputs, each under the shapes that the graph reads it in, and constants. */
export const feedsOf = (feeds: readonly Feed[], numbers: readonly Data[]) =>
  Object.fromEntries(
    feeds.map(({ value, from }) => [value.name, nativeTensor(value, typeof from === "number" ? numbers[from]! : from)]),
  );
