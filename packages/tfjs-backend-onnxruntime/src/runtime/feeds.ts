import type { Feed } from "../graph/graph.js";
import { sizeOf, type Data } from "../graph/types.js";
import { nativeTensor } from "./session.js";

/** What a session is fed: the kernel's inputs or runs of them, each under the shapes that the graph reads it in, and constants. */
export const feedsOf = (feeds: readonly Feed[], numbers: readonly Data[]) =>
  Object.fromEntries(feeds.map((feed) => [feed.value.name, nativeTensor(feed.value, dataOf(feed, numbers))]));

function dataOf({ value, from, start }: Feed, numbers: readonly Data[]): Data {
  if (typeof from !== "number") return from;
  const all = numbers[from]!;
  const size = sizeOf(value.shape);
  return size === all.length ? all : all.subarray(start, start + size);
}
