import { rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { averagePrecision, retrieval, rocAuc } from "../../src/index.js";

/** Scores with many ties, and outcomes that they predict somewhat. */
function samples(seed: number, count = 60): { scores: number[]; positive: boolean[] } {
  const [noise, levels] = [rng(seed).normal(count), rng(seed + 1000).uint32(count)];
  const scores = Array.from(levels, (level) => level % 7);
  return { scores, positive: scores.map((score, i) => score + 3 * noise[i]! > 4) };
}

describe("rocAuc", () => {
  it("is the share of pairs in the right order, ties counting half", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { scores, positive } = samples(seed);
      let [won, pairs] = [0, 0];
      scores.forEach((a, i) =>
        scores.forEach((b, j) => {
          if (!positive[i] || positive[j]) return;
          pairs++;
          won += a > b ? 1 : a === b ? 0.5 : 0;
        }),
      );
      expect(rocAuc(scores, positive)).toBeCloseTo(won / pairs, 12);
    }
  });

  it("is 1 for the right order, 0 for the wrong one, and a half where all are equal", () => {
    expect(rocAuc([4, 3, 2, 1], [1, 1, 0, 0])).toBe(1);
    expect(rocAuc(Float32Array.of(4, 3, 2, 1), [false, false, true, true])).toBe(0);
    expect(rocAuc([5, 5, 5, 5, 5], [1, 0, 0, 0, 1])).toBe(0.5);
    expect(rocAuc([-Infinity, Infinity], [0, 1])).toBe(1);
  });

  it("is nothing where there are no pairs, and refuses what has no rank", () => {
    expect(rocAuc([1, 2], [1, 1])).toBeNaN();
    expect(rocAuc([], [])).toBeNaN();
    expect(() => rocAuc([1, NaN], [1, 0])).toThrow("rocAuc: `scores` has NaN at 1.");
    expect(() => rocAuc([1], [1, 0])).toThrow("rocAuc: expected as many `positive` as `scores`, got 2 and 1.");
  });
});

describe("averagePrecision", () => {
  it("is the sum of steps over every cut", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { scores, positive } = samples(seed);
      const total = positive.filter(Boolean).length;
      let [sum, recall] = [0, 0];
      for (const cut of [...new Set(scores)].sort((a, b) => b - a)) {
        const kept = positive.filter((_, i) => scores[i]! >= cut);
        const hits = kept.filter(Boolean).length;
        sum += (hits / total - recall) * (hits / kept.length);
        recall = hits / total;
      }
      expect(averagePrecision(scores, positive)).toBeCloseTo(sum, 12);
    }
  });

  it("is what the textbook's example has, 1 for the right order, and the share of positives for no order", () => {
    expect(averagePrecision([9, 8, 7, 6, 5], [1, 0, 1, 0, 1])).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12);
    expect(averagePrecision([3, 2, 1], [1, 1, 0])).toBe(1);
    expect(averagePrecision([0, 0, 0, 0], [1, 0, 0, 0])).toBe(1 / 4);
    expect(averagePrecision([1, 2], [0, 0])).toBeNaN();
  });
});

describe("retrieval", () => {
  const labels = Array.from(rng(9).uint32(300), (value) => value % 40);
  const embeddings = tf.tensor2d(rng(8).normal(300 * 5), [300, 5]);
  const rows = embeddings.arraySync();

  /** Recall@K and mean average precision, written out over all pairs. */
  function byHand(nearness: (a: number[], b: number[]) => number, k: number) {
    let [hits, precision, queries] = [0, 0, 0];
    rows.forEach((query, q) => {
      const others = rows.map((_, i) => i).filter((i) => i !== q);
      const order = others.sort((a, b) => nearness(query, rows[b]!) - nearness(query, rows[a]!));
      const own = order.map((i) => labels[i] === labels[q]);
      if (!own.includes(true)) return;
      queries++;
      hits += Number(own.slice(0, k).includes(true));
      const ranks = own.flatMap((hit, i) => (hit ? [i + 1] : []));
      precision += ranks.reduce((sum, rank, i) => sum + (i + 1) / rank, 0) / ranks.length;
    });
    return { recall: hits / queries, meanAveragePrecision: precision / queries, queries };
  }
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

  it.each([
    ["cosine", (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))],
    ["euclidean", (a: number[], b: number[]) => 2 * dot(a, b) - dot(a, a) - dot(b, b)],
  ] as const)("finds by %s what a search over all pairs finds, over several blocks", async (distance, nearness) => {
    const before = tf.memory().numTensors;
    const found = await retrieval({ embeddings, labels }, { distance, k: [1, 5] });
    expect(tf.memory().numTensors).toBe(before);
    const [one, five] = [byHand(nearness, 1), byHand(nearness, 5)];
    expect(found.queries).toBe(one.queries);
    expect(found.recallAt[1]).toBeCloseTo(one.recall, 6);
    expect(found.recallAt[5]).toBeCloseTo(five.recall, 6);
    expect(found.meanAveragePrecision).toBeCloseTo(one.meanAveragePrecision, 4);
  });

  it("leaves out queries with nothing to find, and each query itself", async () => {
    const line = tf.tensor2d([0, 1, 10, 12, 50], [5, 1]);
    const found = await retrieval({ embeddings: line, labels: [0, 0, 1, 1, 2] }, { distance: "euclidean", k: [1] });
    expect(found).toEqual({ recallAt: { 1: 1 }, meanAveragePrecision: 1, queries: 4 });
  });

  it("searches a gallery, where a query may find its own like", async () => {
    const gallery = { embeddings: tf.tensor2d([0, 10, 20], [3, 1]), labels: [0, 1, 2] };
    const queries = { embeddings: tf.tensor2d([1, 14, 16], [3, 1]), labels: [0, 1, 1] };
    const { recallAt, queries: count } = await retrieval(queries, { gallery, distance: "euclidean", k: [1, 2] });
    expect(recallAt).toEqual({ 1: 2 / 3, 2: 1 });
    expect(count).toBe(3);
  });

  it("does not praise embeddings that are all the same", async () => {
    const same = tf.ones<tf.Rank.R2>([6, 2]);
    const found = await retrieval({ embeddings: same, labels: [0, 0, 1, 1, 2, 2] }, { k: [1, 4, 5] });
    expect(found).toMatchObject({ recallAt: { 1: 0, 4: 0, 5: 1 }, queries: 6 });
    expect(found.meanAveragePrecision).toBeCloseTo(1 / 5, 12);
  });

  it("finds the same by distance wherever the origin is", async () => {
    const pairs = rng(3)
      .normal(40)
      .map((_, i, all) => all[i - (i % 2)]! + (i % 2) * 0.02);
    const found = (offset: number) =>
      retrieval(
        {
          embeddings: tf.tensor2d(
            pairs.map((x) => x + offset),
            [40, 1],
          ),
          labels: pairs.map((_, i) => Math.floor(i / 2)),
        },
        { distance: "euclidean", k: [1] },
      );
    expect(await found(1000)).toEqual(await found(0));
    expect((await found(0)).recallAt[1]).toBeGreaterThan(0.5);
  });

  it("refuses what it cannot search", async () => {
    await expect(
      retrieval({ embeddings: { values: [1], shape: [1, 1] } as unknown as tf.Tensor2D, labels: [1] }),
    ).rejects.toThrow("retrieval: `embeddings` must be a tensor [items, dim], got an object.");
    const two = tf.zeros<tf.Rank.R2>([2, 3]);
    await expect(retrieval({ embeddings: two, labels: [1] })).rejects.toThrow(
      "retrieval: expected one of `labels` for each of 2 embeddings, got 1.",
    );
    await expect(retrieval({ embeddings: two, labels: [1, 1] }, { k: [0] })).rejects.toThrow(
      "retrieval: `k[0]` must be",
    );
    await expect(retrieval({ embeddings: two, labels: [1, 1] }, { k: [0.5, 1] })).rejects.toThrow(
      "retrieval: `k[0]` must be",
    );
    const other = { embeddings: tf.zeros<tf.Rank.R2>([2, 4]), labels: [1, 1] };
    await expect(retrieval({ embeddings: two, labels: [1, 1] }, { gallery: other })).rejects.toThrow(
      "expected `gallery`",
    );
    const nan = tf.fill([2, 3], NaN) as tf.Tensor2D;
    await expect(retrieval({ embeddings: nan, labels: [1, 1] })).rejects.toThrow(
      "retrieval: expected finite embeddings",
    );
  });
});
