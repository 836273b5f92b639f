import { l2Normalize, matchShapes, requireCounts, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { described } from "../described.js";
import { averagePrecision } from "./average-precision.js";

/** Embeddings of items, and the class of each. */
export interface LabelledEmbeddings {
  /** [items, dim], of any length. */
  readonly embeddings: tf.Tensor2D;
  /** The class of each item, [items]. */
  readonly labels: ArrayLike<number>;
}

/** How `retrieval` searches. */
export interface RetrievalOptions {
  /** The K of Recall@K. Default [1, 2, 4, 8], as usual for CUB-200-2011 and Cars. */
  readonly k?: readonly number[];
  /** "cosine" or "euclidean". Default "cosine". */
  readonly distance?: "cosine" | "euclidean";
  /** The items to search among. Default: all other queries, each item leaving itself out. */
  readonly gallery?: LabelledEmbeddings;
}

/** How well items are found by others of their class. */
export interface RetrievalScores {
  /** For each K, the share of queries that have an item of their class among the K nearest. */
  readonly recallAt: Readonly<Record<number, number>>;
  /** The mean over the queries of the average precision of all items by nearness. */
  readonly meanAveragePrecision: number;
  /** How many queries count: those with an item of their class to find. */
  readonly queries: number;
}

/** Queries whose distances are in memory at once. */
const BLOCK = 256;

/**
 * Searches for each item among the others by its embedding, and tells how often it finds its own class: Recall@K and
 * mean average precision, for embeddings of classes that may be new.
 *
 * Equally near items of other classes come first in Recall@K, and are cut together in average precision, so that a
 * network whose embeddings are all the same does not look good. Queries without an item of their class do not count.
 *
 * Ref: Jégou et al. 2011, "Product quantization for nearest neighbor search" (Recall@K); Oh Song et al. 2016,
 * arXiv:1511.06452 (for classes that are new).
 *
 * @returns NaN for all scores if no query counts
 * @throws RangeError for labels that are not one for each item, embeddings of different dims, NaN among them, or a K
 * below 1; TypeError for embeddings that are no tensors
 */
export async function retrieval(
  { embeddings, labels }: LabelledEmbeddings,
  { k = [1, 2, 4, 8], distance = "cosine", gallery }: RetrievalOptions = {},
): Promise<RetrievalScores> {
  requireOneOf("retrieval", { distance }, ["cosine", "euclidean"]);
  requireCounts("retrieval", { k });
  const items = gallery ?? { embeddings, labels };
  requireTensors({ embeddings, "gallery.embeddings": items.embeddings });
  const { items: count } = matchShapes(
    "retrieval",
    { embeddings: "queries dim", gallery: "items dim" },
    { embeddings, gallery: items.embeddings },
  );
  requireLabels("labels", labels, embeddings.shape[0]);
  requireLabels("gallery.labels", items.labels, count);
  const [from, to] = tf.tidy(() => comparable(embeddings, items.embeddings, distance));
  try {
    return await search(from, to, { labels, items: items.labels, k, leavesItselfOut: gallery === undefined, distance });
  } finally {
    tf.dispose([from, to]);
  }
}

/** What is searched for what. */
interface Search {
  /** The classes of the queries. */
  readonly labels: ArrayLike<number>;
  /** The classes of the items. */
  readonly items: ArrayLike<number>;
  readonly k: readonly number[];
  readonly leavesItselfOut: boolean;
  readonly distance: "cosine" | "euclidean";
}

async function search(
  embeddings: tf.Tensor2D,
  gallery: tf.Tensor2D,
  { labels, items, k, leavesItselfOut, distance }: Search,
): Promise<RetrievalScores> {
  const hits = k.map(() => 0);
  const count = items.length;
  let [precision, queries] = [0, 0];
  for (let start = 0; start < embeddings.shape[0]; start += BLOCK) {
    const nearness = await nearnessOf(embeddings, gallery, start, distance);
    for (let row = 0; (row + 1) * count <= nearness.length; row++) {
      const query = start + row;
      const others = Array.from({ length: count }, (_, i) => i).filter((i) => !leavesItselfOut || i !== query);
      const scores = others.map((i) => nearness[row * count + i]!);
      const own = others.map((i) => items[i] === labels[query]);
      if (!own.includes(true)) continue;
      queries++;
      precision += averagePrecision(scores, own);
      const rank = rankOfFirst(scores, own);
      k.forEach((value, i) => (hits[i]! += Number(rank < value)));
    }
  }
  return {
    recallAt: Object.fromEntries(k.map((value, i) => [value, hits[i]! / queries])),
    meanAveragePrecision: precision / queries,
    queries,
  };
}

function requireTensors(given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given))
    if (!(value instanceof tf.Tensor))
      throw new TypeError(
        `retrieval: \`${name}\` must be a tensor [items, dim], got ${described(value)}. Stored features are one by ` +
          "`tf.tensor2d(values, shape)`.",
      );
}

/**
 * Embeddings whose products are their nearness: of length 1, or with the items' mean as their origin. Distances do not
 * depend on the origin, but far from it they are small differences of large numbers.
 */
function comparable(
  embeddings: tf.Tensor2D,
  items: tf.Tensor2D,
  distance: Search["distance"],
): [tf.Tensor2D, tf.Tensor2D] {
  if (distance === "cosine") return [l2Normalize(embeddings), l2Normalize(items)];
  const mean = tf.mean(items, 0, true);
  return [tf.sub(embeddings, mean), tf.sub(items, mean)];
}

function requireLabels(name: string, labels: ArrayLike<number>, count: number): void {
  if (labels.length !== count)
    throw new RangeError(
      `retrieval: expected one of \`${name}\` for each of ${count} embeddings, got ${labels.length}.`,
    );
}

/** Nearness of a block of queries to every item, row by row: cosines, or negative squared distances. */
async function nearnessOf(
  queries: tf.Tensor2D,
  items: tf.Tensor2D,
  start: number,
  distance: "cosine" | "euclidean",
): Promise<ArrayLike<number>> {
  const scores = tf.tidy(() => {
    const block = tf.slice(queries, start, Math.min(BLOCK, queries.shape[0] - start));
    if (distance === "cosine") return tf.matMul(block, items, false, true);
    const squares = (x: tf.Tensor2D) => tf.sum(tf.square(x), 1, true); // [rows, 1]
    const products = tf.mul(tf.matMul(block, items, false, true), 2);
    return tf.sub(tf.sub(products, squares(block)), tf.transpose(squares(items)));
  });
  try {
    const nearness = await scores.data();
    if (nearness.some(Number.isNaN))
      throw new RangeError("retrieval: expected finite embeddings, got NaN or Infinity.");
    return nearness;
  } finally {
    scores.dispose();
  }
}

/** How many items of other classes are at least as near as the nearest of the query's own. */
function rankOfFirst(scores: readonly number[], own: readonly boolean[]): number {
  const best = scores.reduce((most, score, i) => (own[i] ? Math.max(most, score) : most), -Infinity);
  return scores.filter((score, i) => !own[i] && score >= best).length;
}
