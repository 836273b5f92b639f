import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  adamW,
  clipByGlobalNorm,
  ema,
  exceptVectors,
  paramGroups,
  sgd,
  updateParams,
  type Optimizer,
  type Slots,
} from "../../src/index.js";

const START = [1, -2, 0.5, 3, -0.25];
const rate = (t: number) => 0.1 / (1 + t); // a schedule, since some rules differ only under one
const gradientAt = (p: readonly number[]) => p.map((x, i) => (i + 1) * x - 0.5);

/** One update, told numbers. */
const update = (
  optimizer: Optimizer,
  param: tf.Variable,
  gradient: tf.Tensor,
  slots: Slots,
  { name, learningRate, scheduled }: { name: string; learningRate: number; scheduled?: Record<string, number> },
): void =>
  tf.tidy(() => {
    const scalars = Object.fromEntries(Object.entries(scheduled ?? {}).map(([key, x]) => [key, tf.scalar(x)]));
    const info = { name, learningRate: tf.scalar(learningRate), ...(scheduled && { scheduled: scalars }) };
    optimizer.update(param, gradient, slots, info);
  });

/** Six steps of an optimizer down Σ (i + 1) x² / 2 − x / 2, and its slots. */
function run(optimizer: Optimizer, steps = 6, name = "w"): number[] {
  const param = tf.variable(tf.tensor1d(START)) as tf.Variable;
  const slots = optimizer.init(param, "w");
  for (let t = 0; t < steps; t++) {
    const gradient = tf.tensor1d(gradientAt(Array.from(param.dataSync())));
    update(optimizer, param, gradient, slots, { name, learningRate: rate(t) });
    gradient.dispose();
  }
  const result = Array.from(param.dataSync());
  tf.dispose([param, Object.values(slots)]);
  return result;
}

const sgdOf = (options: object) => (own: object) => sgd({ ...options, ...own });

/** torch.optim.SGD, as its documentation writes it. */
function torchSgd({ momentum = 0, nesterov = false, weightDecay = 0 }, steps = 6): number[] {
  let theta = START;
  let b: number[] | undefined;
  for (let t = 0; t < steps; t++) {
    let g = gradientAt(theta).map((x, i) => x + weightDecay * theta[i]!);
    if (momentum !== 0) {
      const before = b;
      const buffer: number[] = before ? before.map((x, i) => momentum * x + g[i]!) : g;
      b = buffer;
      g = nesterov ? g.map((x, i) => x + momentum * buffer[i]!) : buffer;
    }
    theta = theta.map((x, i) => x - rate(t) * g[i]!);
  }
  return theta;
}

/** torch.optim.AdamW, as its documentation writes it. */
function torchAdamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }, steps = 6): number[] {
  let [theta, m, v] = [START, START.map(() => 0), START.map(() => 0)];
  for (let t = 1; t <= steps; t++) {
    const g = gradientAt(theta);
    const lr = rate(t - 1);
    theta = theta.map((x) => x - lr * weightDecay * x);
    m = m.map((x, i) => beta1 * x + (1 - beta1) * g[i]!);
    v = v.map((x, i) => beta2 * x + (1 - beta2) * g[i]! ** 2);
    const mHat = m.map((x) => x / (1 - beta1 ** t));
    const vHat = v.map((x) => x / (1 - beta2 ** t));
    theta = theta.map((x, i) => x - (lr * mHat[i]!) / (Math.sqrt(vHat[i]!) + epsilon));
  }
  return theta;
}

describeOnEngines("optimizers", () => {
  it.each([
    {},
    { momentum: 0.9 },
    { weightDecay: 0.1 },
    { momentum: 0.9, weightDecay: 0.1 },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  ])("sgd(%o) takes the steps of torch.optim.SGD", (options) => {
    assertClose(run(sgd(options)), torchSgd(options), 1e-6);
  });

  it.each([{}, { weightDecay: 0 }, { beta1: 0.5, beta2: 0.9, epsilon: 0.1, weightDecay: 0.3 }])(
    "adamW(%o) takes the steps of torch.optim.AdamW",
    (options) => {
      assertClose(run(adamW(options)), torchAdamW(options), 1e-6);
    },
  );
});

describe("sgd", () => {
  it("decays apart from the gradient if decoupled, so that momentum does not gather it", () => {
    const [lambda, mu] = [0.1, 0.9];
    let [theta, m] = [START, START.map(() => 0)];
    for (let t = 0; t < 6; t++) {
      m = m.map((x, i) => mu * x + gradientAt(theta)[i]!);
      theta = theta.map((x, i) => (1 - rate(t) * lambda) * x - rate(t) * m[i]!);
    }
    const decoupled = run(sgd({ momentum: mu, weightDecay: lambda, decoupled: true }));
    assertClose(decoupled, theta, 1e-6);
    expect(Math.abs(decoupled[0]! - torchSgd({ momentum: mu, weightDecay: lambda })[0]!)).toBeGreaterThan(1e-3);
  });

  it("with L2 decay and no momentum is the same decoupled or not", () => {
    assertClose(run(sgd({ weightDecay: 0.1 })), run(sgd({ weightDecay: 0.1, decoupled: true })), 1e-6);
  });

  it("goes twice as fast with momentum once half the speed is kept: steps add up to 1 / (1 − μ)", () => {
    const param = tf.variable(tf.tensor1d([0])) as tf.Variable;
    const optimizer = sgd({ momentum: 0.5 });
    const slots = optimizer.init(param, "w");
    let before = 0;
    for (let t = 0; t < 40; t++) {
      before = param.dataSync()[0]!;
      const one = tf.tensor1d([1]);
      update(optimizer, param, one, slots, { name: "w", learningRate: 0.25 });
      one.dispose();
    }
    expect(param.dataSync()[0]! - before).toBeCloseTo(-0.5, 5);
    tf.dispose([param, Object.values(slots)]);
  });

  it("refuses what cannot be meant", () => {
    expect(() => sgd({ momentum: 1 })).toThrow("sgd: `momentum` must be at least 0 and less than 1, got 1.");
    expect(() => sgd({ nesterov: true })).toThrow("sgd: `nesterov` needs a `momentum` above 0, got 0.");
    expect(() => sgd({ weightDecay: -1 })).toThrow("sgd: `weightDecay` must be at least 0, got -1.");
  });
});

describe("adamW", () => {
  it("moves by the learning rate in its first step, however small the gradient", () => {
    const param = tf.variable(tf.tensor1d([0, 0])) as tf.Variable;
    const gradient = tf.tensor1d([1e-4, -100]);
    const slots = adamW().init(param, "w");
    update(adamW(), param, gradient, slots, { name: "w", learningRate: 0.01 });
    assertClose(param, [-0.01, 0.01], 1e-3);
    tf.dispose([param, gradient, Object.values(slots)]);
  });

  it("counts each param's own steps, so that one that joins late is not scaled as an old one", () => {
    const optimizer = adamW({ weightDecay: 0 });
    expect(run(optimizer, 1)).toEqual(run(optimizer, 1));
    const late = tf.variable(tf.tensor1d([0])) as tf.Variable;
    const slots = optimizer.init(late, "w");
    const gradient = tf.tensor1d([7]);
    update(optimizer, late, gradient, slots, { name: "late", learningRate: 0.5 });
    expect(late.dataSync()[0]).toBeCloseTo(-0.5, 5);
    tf.dispose([late, gradient, Object.values(slots)]);
  });

  it.each([1, 2, 3, 30, 3000, 300_000])(
    "moves by the learning rate at step %d of a gradient that stays, whose corrected means are g and g²",
    (t) => {
      const [g, [beta1, beta2]] = [0.03, [Math.fround(0.9), Math.fround(0.999)]];
      const param = tf.variable(tf.tensor1d([0])) as tf.Variable;
      const gradient = tf.tensor1d([g]);
      const slots = adamW().init(param, "w");
      tf.tidy(() => {
        slots["mean"]!.assign(tf.tensor1d([g * (1 - beta1 ** (t - 1))]));
        slots["variance"]!.assign(tf.tensor1d([g ** 2 * (1 - beta2 ** (t - 1))]));
        slots["count"]!.assign(tf.scalar(t - 1));
      });
      update(adamW(), param, gradient, slots, { name: "w", learningRate: 0.01 });
      assertClose(param, [-0.01], 1e-6); // 1 − βᵗ as a difference in float32 would be off by 1e-5
      assertClose(slots["count"]!, [t], 0);
      tf.dispose([param, gradient, Object.values(slots)]);
    },
  );

  it("spares what the filter spares", () => {
    const all = run(adamW({ weightDecay: 0.3 }), 3, "bias");
    const spared = run(adamW({ weightDecay: 0.3, decay: (name) => name !== "bias" }), 3, "bias");
    expect(spared).toEqual(run(adamW({ weightDecay: 0 }), 3));
    expect(spared).not.toEqual(all);
    expect(run(adamW({ weightDecay: 0.3, decay: exceptVectors }), 3)).toEqual(spared); // rank 1
  });

  it("refuses what cannot be meant", () => {
    expect(() => adamW({ beta2: 1 })).toThrow("adamW: `beta2` must be at least 0 and less than 1, got 1.");
    expect(() => adamW({ epsilon: 0 })).toThrow("adamW: `epsilon` must be above 0, got 0.");
  });
});

describe("what a schedule moves", () => {
  /** Five steps of one optimizer that is told other hyperparameters at each, or of one made anew for each. */
  function moved(
    make: (own: Record<string, number>) => Optimizer,
    scheduled: (t: number) => Record<string, number>,
    anew: boolean,
  ) {
    const [param, first] = [tf.variable(tf.tensor1d(START)) as tf.Variable, make({})];
    const slots = first.init(param, "w");
    for (let t = 0; t < 5; t++) {
      const gradient = tf.tensor1d(gradientAt(Array.from(param.dataSync())));
      const info = { name: "w", learningRate: rate(t) };
      if (anew) update(make(scheduled(t)), param, gradient, slots, info);
      else update(first, param, gradient, slots, { ...info, scheduled: scheduled(t) });
      gradient.dispose();
    }
    const result = Array.from(param.dataSync());
    tf.dispose([param, Object.values(slots)]);
    return result;
  }

  it.each([
    ["momentum", sgdOf({ momentum: 0.5, weightDecay: 0.1 }), (t: number) => ({ momentum: 0.9 - 0.1 * t })],
    ["nesterov", sgdOf({ momentum: 0.5, nesterov: true }), (t: number) => ({ momentum: 0.9 - 0.1 * t })],
    ["weightDecay", sgdOf({ momentum: 0.5 }), (t: number) => ({ weightDecay: 0.1 * t })],
    ["decoupled", sgdOf({ decoupled: true }), (t: number) => ({ weightDecay: 0.1 * t })],
    [
      "adamW",
      (own: object) => adamW(own),
      (t: number) => ({ beta1: 0.9 - 0.1 * t, beta2: 0.9 + 0.01 * t, epsilon: 0.1 / (1 + t), weightDecay: 0.1 * t }),
    ],
  ])("%s is what an optimizer made for the step has, to the bit", (_, make, scheduled) => {
    const values = moved(make, scheduled, false);
    expect(values).toEqual(moved(make, scheduled, true));
    expect(values).not.toEqual(moved(make, () => ({}), false));
  });

  it("is refused by name and by value", () => {
    const refuse = (optimizer: Optimizer, scheduled: Record<string, number>) =>
      expect(() => optimizer.requireScheduled!(scheduled));
    refuse(sgd({ momentum: 0.9 }), { beta1: 0.9 }).toThrow(
      "sgd: there is no `beta1` to schedule; there are momentum, weightDecay.",
    );
    refuse(sgd(), { momentum: 0.9 }).toThrow(
      "sgd without `momentum`: there is no `momentum` to schedule; there are weightDecay.",
    );
    refuse(sgd({ momentum: 0.9 }), { momentum: 1 }).toThrow(
      "sgd: `momentum` must be at least 0 and less than 1, got 1.",
    );
    refuse(adamW(), { momentum: 0.9 }).toThrow("adamW: there is no `momentum` to schedule; there are beta1, beta2,");
    refuse(adamW(), { weightDecay: NaN }).toThrow("adamW: `weightDecay` must be at least 0, got NaN.");
    refuse(adamW(), { toString: 1 }).toThrow("adamW: there is no `toString` to schedule");
  });
});

describe("an update", () => {
  const scheduled = { weightDecay: 0.1 };
  it.each([
    ["sgd", sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
    ["decoupled", sgd({ weightDecay: 0.1, decoupled: true })],
    ["adamW", adamW()],
    ["paramGroups", paramGroups(adamW(), { w: { learningRateFactor: 0.1, weightDecayFactor: 0.5 } })],
  ])("of %s reads no tensor, so that it can be compiled", (_, optimizer) => {
    const param = tf.variable(tf.tensor1d(START)) as tf.Variable;
    const [gradient, slots] = [tf.tensor1d(START), optimizer.init(param, "w")];
    const reads = (["dataSync", "data"] as const).map((how) => vi.spyOn(tf.Tensor.prototype, how));
    update(optimizer, param, gradient, slots, { name: "w", learningRate: 0.1 });
    update(optimizer, param, gradient, slots, { name: "w", learningRate: 0.1, scheduled });
    const average = ema({ params: { param }, buffers: {} });
    tf.tidy(() => average.update(tf.scalar(3)));
    tf.dispose(clipByGlobalNorm({ gradient }, 0.1));
    for (const read of reads) {
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
    }
    tf.dispose([param, gradient, Object.values(slots)]);
    average.dispose();
  });

  it("of several params updates those that have gradients, and makes the slots that are missing", () => {
    const [optimizer, params] = [sgd({ momentum: 0.5 }), { a: tf.variable(tf.tensor1d([1])), b: tf.variable(tf.tensor1d([2])) }]; // prettier-ignore
    const [slots, gradients] = [{} as Record<string, Slots>, { b: tf.tensor1d([4]) }];
    for (let t = 0; t < 2; t++)
      tf.tidy(() => updateParams(optimizer, params as never, slots, gradients, { learningRate: tf.scalar(0.25) }));
    assertClose(params.a, [1], 0);
    assertClose(params.b, [2 - 1 - 1.5], 0);
    expect(Object.keys(slots)).toEqual(["b"]);
    tf.dispose([Object.values(params), Object.values(gradients), Object.values(slots["b"]!)]);
  });
});

describe("every optimizer", () => {
  let before: number;
  afterEach(() => expect(tf.memory().numTensors).toBe(before));

  it.each([
    ["sgd", sgd()],
    ["momentum", sgd({ momentum: 0.9, nesterov: true })],
    ["adamW", adamW({ weightDecay: 0 })],
  ] as const)(
    "%s finds the bottom of a bowl, makes slots that no gradient reaches, and leaves nothing behind",
    (_, optimizer) => {
      before = tf.memory().numTensors;
      const param = tf.variable(tf.tensor2d([5, -3, 2, 8], [2, 2])) as tf.Variable;
      const slots = optimizer.init(param, "w");
      expect(Object.keys(slots).every((name) => !name.includes("."))).toBe(true);
      expect(Object.values(slots).every(({ trainable }) => !trainable)).toBe(true);
      const held = tf.memory().numTensors;
      for (let t = 0; t < 300; t++) {
        const gradient = tf.sub(param, 1);
        update(optimizer, param, gradient, slots, { name: "w", learningRate: 0.2 * (1 - t / 300) });
        gradient.dispose();
      }
      expect(tf.memory().numTensors).toBe(held);
      expect(param.shape).toEqual([2, 2]);
      assertClose(param, tf.ones([2, 2]), 1e-2);
      tf.dispose([param, Object.values(slots)]);
      tf.disposeVariables(); // and the ones just compared with
      before = tf.memory().numTensors;
    },
  );
});
