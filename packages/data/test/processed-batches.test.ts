import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { processedBatches, type ProcessedBatchesOptions } from "../src/index.js";

/** For tests of the results themselves. */
const collate = <T>(results: readonly T[]): readonly T[] => results;
const images = (count: number) => Array.from({ length: count }, (_, label) => ({ source: `${label}`, label }));

describe("processedBatches", () => {
  it("shows every image once an epoch, in another order each, with its label, the step and its place", async () => {
    const task = (source: string, step: number, i: number) => Promise.resolve({ source, step, i });
    const batches = processedBatches(images(7), task, { batch: 3, seed: 2, collate });
    expect(batches.stepsPerEpoch).toBe(3);
    const seen: number[] = [];
    for (let step = 0; step < 6; step++) {
      const { labels, inputs: results } = await batches.batch(step);
      const own = [...labels.dataSync()];
      expect(results).toEqual(own.map((label, i) => ({ source: `${label}`, step, i })));
      seen.push(...own);
      labels.dispose();
    }
    const [one, two] = [seen.slice(0, 7), seen.slice(7)];
    expect(one.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(two.toSorted()).toEqual(one.toSorted());
    expect(two).not.toEqual(one);
  });

  it("has tensors alone, which `collate` makes of a batch's results in the order of its labels", async () => {
    const task = (source: string) => Promise.resolve(Number(source));
    const collate = (results: readonly number[]) => ({ squares: tf.tensor1d(results.map((x) => x ** 2)) });
    const { numTensors } = tf.memory();
    const batch = await processedBatches(images(5), task, { batch: 3, collate }).batch(0);
    expect(Object.keys(batch)).toEqual(["labels", "inputs"]);
    const squares = Array.from(batch.labels.dataSync(), (label) => label ** 2);
    expect([...batch.inputs.squares.dataSync()]).toEqual(squares);
    tf.dispose(batch);
    expect(tf.memory().numTensors).toBe(numTensors);
    const mistaken = () => {
      throw new RangeError("not these");
    };
    const broken = processedBatches(images(5), task, { batch: 3, collate: mistaken, onFailure: "skip" });
    await expect(broken.batch(0)).rejects.toThrow("not these");
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("refuses batches of nothing, and no images", () => {
    expect(() => processedBatches(images(0), (source) => Promise.resolve(source), { batch: 1, collate })).toThrow(
      "processedBatches: expected at least one image, got none.",
    );
    expect(() => processedBatches(images(4), (source) => Promise.resolve(source), { batch: 0, collate })).toThrow(
      "processedBatches: `batch` must be a whole number of at least 1, got 0.",
    );
  });
});

describe("an image that fails in the middle of a run", () => {
  const failing = (options: Pick<ProcessedBatchesOptions<string, readonly string[]>, "onFailure" | "onSkip">) =>
    processedBatches(
      images(4),
      (source) => (source === "1" ? Promise.reject(new Error("1: a disk is gone")) : Promise.resolve(source)),
      { batch: 4, seed: 3, collate, ...options },
    );

  it("leaves the next batch's images to stand in for a batch of which all fail, and ends only if all do", async () => {
    const skipped: string[] = [];
    const onSkip = ({ message }: Error) => void skipped.push(message);
    const batches = (bad: (source: string) => boolean) =>
      processedBatches(
        images(3),
        (source) => (bad(source) ? Promise.reject(new Error("a disk is gone")) : Promise.resolve(source)),
        { batch: 1, seed: 1, collate, onFailure: "skip", onSkip },
      );
    const seen: string[] = [];
    for (const step of [0, 1, 2]) {
      const { labels, inputs: results } = await batches((source) => source === "1").batch(step);
      expect([...labels.dataSync()].map(String)).toEqual(results);
      seen.push(...results);
      labels.dispose();
    }
    expect(seen).toHaveLength(3);
    expect(new Set(seen)).toEqual(new Set(["0", "2"]));
    expect(skipped).toEqual([expect.stringContaining("a disk is gone")]);
    await expect(batches(() => true).batch(0)).rejects.toThrow("all 1 images failed");
    const mistake = processedBatches(images(3), () => Promise.reject(new TypeError("mine")), {
      batch: 1,
      collate,
      onFailure: "skip",
    });
    await expect(mistake.batch(0)).rejects.toThrow("mine");
  });

  it("ends it, named", async () => {
    await expect(failing({}).batch(0)).rejects.toThrow(/image \d: 1: a disk is gone/);
  });

  it("is left out of its batch, and named, where that is asked for; labels go with the results", async () => {
    const skipped: string[] = [];
    const onSkip = ({ message }: Error) => void skipped.push(message);
    const { labels, inputs: results } = await failing({ onFailure: "skip", onSkip }).batch(0);
    expect([...labels.dataSync()].map(String)).toEqual(results);
    expect([...labels.dataSync()].toSorted()).toEqual([0, 2, 3]);
    expect(skipped).toEqual(["1: a disk is gone"]);
    labels.dispose();
  });
});
