import { rng, type BatchSource } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { constant, fit, sgd, type FitOptions, type Loss } from "../src/index.js";
import { logistic, numbersOf, plainNet, points, type Points } from "./support.js";

const base = { optimizer: sgd(), schedule: constant(0.1) };

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describe("accumulation", () => {
  const train = async (options: Partial<FitOptions<Points>> & { batch: number; count?: number }) => {
    const { batch, count = 24, ...rest } = options;
    const [model, batches] = [plainNet(), points({ count, batch })];
    try {
      const history = await fit({ ...base, module: model, loss: logistic(model), batches, epochs: 2, ...rest });
      return { history, numbers: numbersOf(model) };
    } finally {
      model.dispose();
    }
  };

  it("takes the steps of the large batch", async () => {
    const large = await train({ batch: 12 });
    const small = await train({ batch: 4, accumulate: 3 });
    expect(small.history.steps["loss"]).toHaveLength(4);
    for (const name of Object.keys(large.numbers)) assertClose(small.numbers[name]!, large.numbers[name]!, 1e-6);
    assertClose(small.history.steps["loss"]!, large.history.steps["loss"]!, 1e-6);
    assertClose(small.history.steps["gradientNorm"]!, large.history.steps["gradientNorm"]!, 1e-5);
  });

  it("also where the last batches are smaller, or missing", async () => {
    const large = await train({ batch: 14, count: 22 }); // 14 + 8
    const small = await train({ batch: 7, count: 22, accumulate: 2 }); // 7 + 7, 7 + 1, of 4 batches an epoch
    for (const name of Object.keys(large.numbers)) assertClose(small.numbers[name]!, large.numbers[name]!, 1e-6);
    const odd = await train({ batch: 8, accumulate: 2, epochs: 1 }); // 3 batches: the second step has one
    expect(odd.history.steps["loss"]).toHaveLength(2);
  });

  it("does not fit more batches than an epoch has", async () => {
    await expect(train({ batch: 12, accumulate: 3 })).rejects.toThrow(
      "fit: `accumulate` must be at most the 2 batches of an epoch, got 3.",
    );
  });
});

describeOnEngines("accumulation of weighted means", () => {
  const COUNT = 24;
  /**
   * What each row counts for: rows 4 to 7 and 12 to 23 nothing, as if their labels were unknown; the others as their
   * class.
   */
  const weights = Array.from({ length: COUNT }, (_, i) =>
    (i >= 4 && i < 8) || i >= 12 ? 0 : rng(8).split(i).uniform(1)[0]! < 0.5 ? 0.5 : 3,
  );

  /** In order: the second batch of 4 counts for nothing, and so does the second step of 12. */
  const batchesOf = (batch: number): BatchSource<Points & { weight: tf.Tensor1D }> => ({
    stepsPerEpoch: COUNT / batch,
    batch: async (step) => {
      const rows = Array.from({ length: batch }, (_, i) => (step * batch + i) % COUNT);
      const x = rows.map((row) => Array.from(rng(3).split("point", row).normal(3)));
      const y = x.map(([a, b, c]) => Number(a! + b! + c! > 0));
      return { x: tf.tensor2d(x), y: tf.tensor1d(y), weight: tf.tensor1d(rows.map((row) => weights[row]!)) };
    },
  });

  type Make = (losses: tf.Tensor, weights: tf.Tensor1D) => Loss;
  /** @param make - the loss, from the logistic losses of the rows and what these count for, both [batch] */
  async function train(batch: number, accumulate: number, make: Make, compile?: false) {
    const model = plainNet();
    const loss: FitOptions<Points & { weight: tf.Tensor1D }>["loss"] = ({ x, y, weight }, ctx) => {
      const z = tf.reshape(model.forward(x, ctx), [-1]);
      return make(tf.sub(tf.softplus(z), tf.mul(y, z)), weight);
    };
    const optimizer = sgd({ momentum: 0.9 });
    const options = { optimizer, schedule: constant(0.5), epochs: 3, ...(compile === false && { compile }) };
    try {
      const { steps } = await fit({ ...options, module: model, loss, batches: batchesOf(batch), accumulate });
      return { steps, numbers: numbersOf(model) };
    } finally {
      model.dispose();
    }
  }

  const assertSame = (small: Awaited<ReturnType<typeof train>>, large: Awaited<ReturnType<typeof train>>) => {
    for (const name of Object.keys(large.numbers)) assertClose(small.numbers[name]!, large.numbers[name]!, 2e-6);
    for (const name of ["loss", "gradientNorm"]) assertClose(small.steps[name]!, large.steps[name]!, 2e-6);
  };
  const weighted = (losses: tf.Tensor, weights: tf.Tensor1D) => tf.sum(tf.mul(losses, weights));
  const mean = (losses: tf.Tensor, weights: tf.Tensor1D) =>
    tf.div(weighted(losses, weights), tf.maximum(tf.sum(weights), 1e-6)); // 0 over nothing
  const said: Make = (losses, weights) => ({ total: mean(losses, weights), weight: tf.sum(weights) });

  it.each([
    [4, 3],
    [2, 6],
    [12, 1],
  ])("batches of %i, %i a step, take the steps of batches of 12, once the loss says its weight", async (batch, k) => {
    const large = await train(12, 1, mean);
    assertSame(await train(batch, k, said), large);
    expect(large.steps["loss"]!.map((loss) => loss > 0)).toEqual([true, false, true, false, true, false]);
  });

  it("and do not without, since samples are not what it divides by", async () => {
    const [large, unsaid] = [await train(12, 1, mean), await train(4, 3, mean)];
    expect(() => assertClose(unsaid.steps["loss"]!, large.steps["loss"]!, 1e-2)).toThrow("assertClose");
  });

  it("a weight may be a number, which gives the same bits", async () => {
    const asNumber: Make = (losses, weights) => ({
      total: mean(losses, weights),
      weight: Array.from(weights.dataSync()).reduce((a, b) => a + b, 0),
    });
    expect(await train(4, 3, asNumber, false)).toEqual(await train(4, 3, said, false));
  });

  it("a sum of means over different rows adds up where each divides by the number of samples, and else not", async () => {
    const bySamples: Make = (losses, weights) =>
      tf.div(tf.add(weighted(losses, weights), tf.sum(losses)), weights.size);
    assertSame(await train(4, 3, bySamples), await train(12, 1, bySamples));
    const byEach = (losses: tf.Tensor, weights: tf.Tensor1D) => tf.add(mean(losses, weights), tf.mean(losses));
    const [large, small] = [await train(12, 1, byEach), await train(4, 3, byEach)];
    expect(() => assertClose(small.steps["loss"]!, large.steps["loss"]!, 1e-2)).toThrow("assertClose");
  });

  it.each([
    [() => tf.ones([2]), "a tensor of shape [2]"],
    [() => -1, "-1"],
    [() => NaN, "NaN"],
    [() => Infinity, "Infinity"],
    [() => "2", '"2"'],
    [() => tf.scalar(-0.5), "-0.5"],
    [() => tf.scalar(NaN), "NaN"],
  ])("a weight that is no scalar of at least 0 is refused: %o", async (weight, got) => {
    const bad: Make = (losses) => ({ total: tf.sum(losses), weight: weight() as tf.Tensor });
    await expect(train(4, 3, bad)).rejects.toThrow(
      `fit: \`loss\` must return a \`weight\` that is a scalar of at least 0, got ${got}.`,
    );
  });

  it.each([
    [0, "a batch without one after batches with."],
    [1, "a batch with one after batches without."],
  ])("all batches of a step have a weight, or none has: number %i has", async (which, got) => {
    let number = 0; // a compiled loss would be called once
    const some: Make = (losses, weights) =>
      number++ === which ? { total: tf.mean(losses), weight: weights.size } : tf.mean(losses);
    await expect(train(4, 3, some, false)).rejects.toThrow(
      "fit: `loss` must return a `weight` for all batches of a step, or for none, since numbers of samples and weights do " +
        `not add up; got ${got}`,
    );
  });
});
