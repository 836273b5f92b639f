import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { processedBatches, type ProcessedBatchesOptions } from "../src/index.js";

const images = (count: number) => Array.from({ length: count }, (_, label) => ({ source: `${label}`, label }));

describe("processedBatches", () => {
  it("shows every image once an epoch, in another order each, with its label, the step and its place", async () => {
    const { batches, results } = processedBatches(
      images(7),
      (source, step, i) => Promise.resolve({ source, step, i }),
      { batch: 3, seed: 2 },
    );
    expect(batches.stepsPerEpoch).toBe(3);
    const labels: number[] = [];
    for (let step = 0; step < 6; step++) {
      const batch = await batches.batch(step);
      const own = [...batch.labels.dataSync()];
      expect(results(batch.step)).toEqual(own.map((label, i) => ({ source: `${label}`, step, i })));
      labels.push(...own);
      tf.dispose(batch);
    }
    const [one, two] = [labels.slice(0, 7), labels.slice(7)];
    expect(one.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(two.toSorted()).toEqual(one.toSorted());
    expect(two).not.toEqual(one);
  });

  it("has the results of the last batch only", async () => {
    const { batches, results } = processedBatches(images(4), (source) => Promise.resolve(source), { batch: 2 });
    tf.dispose([await batches.batch(0), await batches.batch(1)]);
    expect(results(1)).toHaveLength(2);
    expect(() => results(0)).toThrow("expected the step of the last batch, 1, got 0");
  });
});

describe("an image that fails in the middle of a run", () => {
  const failing = (options: Pick<ProcessedBatchesOptions, "onFailure" | "onSkip">) =>
    processedBatches(
      images(4),
      (source) => (source === "1" ? Promise.reject(new Error("1: a disk is gone")) : Promise.resolve(source)),
      { batch: 4, seed: 3, ...options },
    );

  it("ends it, named", async () => {
    await expect(failing({}).batches.batch(0)).rejects.toThrow(/image \d: 1: a disk is gone/);
  });

  it("is left out of its batch, and named, where that is asked for; labels go with the results", async () => {
    const skipped: string[] = [];
    const onSkip = ({ message }: Error) => void skipped.push(message);
    const { batches, results } = failing({ onFailure: "skip", onSkip });
    const { labels } = await batches.batch(0);
    expect([...labels.dataSync()].map(String)).toEqual(results(0));
    expect([...labels.dataSync()].toSorted()).toEqual([0, 2, 3]);
    expect(skipped).toEqual(["1: a disk is gone"]);
    labels.dispose();
  });
});
