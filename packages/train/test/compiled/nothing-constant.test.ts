import { dropout, hostTensor, rng, trainingContext, type Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineCompiler } from "../../src/compiler.js";
import { adamW, constant, ema, fit, sgd, type FitOptions, type Loss } from "../../src/index.js";
import { holder, nothing } from "../support.js";

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

interface Tracked {
  readonly options: Partial<FitOptions<{ x: tf.Tensor }>>;
  /** Default: Σ w, whose gradient is 1 for ever. */
  readonly loss?: (w: tf.Tensor, ctx: Context) => Loss;
  readonly length?: number;
  readonly steps?: number;
}

/** The numbers of w, and of its average, after each step of a compiled run that begins with zeros. */
async function tracked({ options, loss = (w) => tf.sum(w), length = 1, steps = 6 }: Tracked) {
  const module = holder({ w: new Array<number>(length).fill(0) });
  const w = module.params["w"]!;
  const average = ema(module, { decay: 0.9 });
  const [weights, averages]: [number[][], number[][]] = [[], []];
  const onStep = () => {
    weights.push(Array.from(w.dataSync()));
    averages.push(Array.from(average.weights["w"]!.dataSync()));
  };
  await fit({
    ...{ module, batches: nothing(), optimizer: sgd(), schedule: constant(0.1), ema: average, seed: 3, compile: true },
    loss: (_, ctx) => loss(w, ctx),
    callbacks: [{ onStep }],
    steps,
    ...options,
  });
  average.dispose();
  module.dispose();
  return { weights, averages };
}

const first = (rows: readonly number[][]) => rows.map(([x]) => x!);

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, i) => expect(x, `step ${i}`).toBeCloseTo(expected[i]!, 5));
}

describe.skipIf(!engineCompiler())("in a compiled run, nothing stays what it was when the step was recorded:", () => {
  it("AdamW's count: with a gradient of 1 each step is one learning rate long", async () => {
    const { weights } = await tracked({ options: { optimizer: adamW({ weightDecay: 0 }) } });
    expectNear(first(weights), [-0.1, -0.2, -0.3, -0.4, -0.5, -0.6]); // with t = 1 for ever it would be −0.1, −0.29, …
  });

  it.each([1, 2])("the learning rate, with %d batches a step", async (accumulate) => {
    const schedule = (step: number) => 1 / (step + 1);
    const { weights } = await tracked({ options: { schedule, accumulate, batches: nothing(accumulate) } });
    let sum = 0;
    expectNear(
      first(weights),
      [0, 1, 2, 3, 4, 5].map((step) => (sum -= 1 / (step + 1))),
    );
  });

  it("a scheduled momentum", async () => {
    const schedule = { learningRate: constant(0.1), momentum: (step: number) => step / 10 };
    const { weights } = await tracked({ options: { optimizer: sgd({ momentum: 0.9 }), schedule } });
    let [w, m] = [0, 0];
    const expected = [0, 1, 2, 3, 4, 5].map((step) => {
      m = (step / 10) * m + 1;
      return (w -= 0.1 * m);
    });
    expectNear(first(weights), expected);
  });

  it("the warm-up of the average", async () => {
    const { weights, averages } = await tracked({ options: {} });
    let average = 0;
    const expected = first(weights).map((w, step) => {
      const decay = Math.min(0.9, (1 + step) / (10 + step));
      return (average = decay * average + (1 - decay) * w);
    });
    expectNear(first(averages), expected);
  });

  it("dropout's masks: those that eager draws, bit for bit, new ones in each step", async () => {
    const [length, rate] = [400, 0.3];
    const drop = dropout({ rate });
    const loss = (w: tf.Tensor, ctx: Context) => tf.sum(drop.forward(tf.add(w, 1), ctx));
    const options = { schedule: constant(1) };
    const compiled = await tracked({ options, loss, length });
    expect(compiled).toEqual(await tracked({ options: { ...options, compile: false }, loss, length }));
    const masks = compiled.weights.map((w, step) => w.map((x, i) => x !== (compiled.weights[step - 1]?.[i] ?? 0)));
    expect(new Set(masks.map(String)).size).toBe(masks.length);
    masks.forEach((mask, step) => {
      const ctx = trainingContext(rng(3).split("step", step));
      const dropped = tf.tidy(() => Array.from(drop.forward(tf.ones([length]), ctx).dataSync(), (x) => x !== 0));
      expect(mask).toEqual(dropped);
    });
  });

  it("numbers that are made in JavaScript", async () => {
    let made = 0;
    const loss = (w: tf.Tensor) =>
      tf.sum(
        tf.mul(
          w,
          hostTensor([1], () => Float32Array.of(++made)),
        ),
      );
    const { weights } = await tracked({ options: { schedule: constant(1) }, loss });
    expectNear(first(weights), [-1, -3, -6, -10, -15, -21]);
  });
});
