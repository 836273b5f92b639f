import { freeze, inferenceContext, rng, unfreeze, type Context } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { adamW, constant, ema, evaluate, fit, NotFiniteError, sgd } from "../src/index.js";
import { holder, logistic, net, nothing, numbersOf, points } from "./support.js";

const bowl = (module: ReturnType<typeof holder>) => () => tf.sum(tf.square(tf.sub(module.params["w"]!, 3)));
const base = { optimizer: sgd(), schedule: constant(0.1) };

let before: number;
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describeOnEngines("fit", () => {
  it("finds the bottom of a bowl along the closed form w ← w − 2 η (w − 3)", async () => {
    const module = holder({ w: [0, 5] });
    const history = await fit({ ...base, module, loss: bowl(module), batches: nothing(), steps: 7 });
    assertClose(module.params["w"]!, [3 - 3 * 0.8 ** 7, 3 + 2 * 0.8 ** 7], 1e-5);
    expect(history.steps["loss"]![0]).toBe(13);
    expect(history.steps["gradientNorm"]![0]).toBeCloseTo(Math.sqrt(36 + 16), 5);
    expect(history.stopped).toBeNull();
    module.dispose();
  });

  it("learns, and leaves no tensor behind", async () => {
    const model = net();
    const { epochs } = await fit({
      ...base,
      module: model,
      loss: logistic(model),
      batches: points(),
      epochs: 8,
      schedule: constant(1),
    });
    expect(epochs.at(-1)!.metrics["loss"]).toBeLessThan(0.6 * epochs[0]!.metrics["loss"]!);
    model.dispose();
  });
});

describe("what a step sees", () => {
  it("a batch each, in order, its own random stream, and the rate of the schedule", async () => {
    const module = holder({ w: [0] });
    const seen: number[][] = [];
    const history = await fit({
      ...base,
      module,
      loss: ({ x }, ctx) => {
        expect(ctx.training).toBe(true);
        seen.push([x.dataSync()[0]!, ...ctx.rng.uniform(1)]);
        return tf.sum(module.params["w"]!);
      },
      batches: nothing(2),
      epochs: 2,
      seed: 7,
      schedule: (step, steps) => step / steps,
    });
    expect(seen).toEqual([0, 1, 2, 3].map((s) => [s, rng(7).split("step", s).uniform(1)[0]]));
    expect(history.steps["learningRate"]).toEqual([0, 0.25, 0.5, 0.75]);
    module.dispose();
  });

  it("its own random stream also for each batch of one step", async () => {
    const module = holder({ w: [0] });
    const seen: number[] = [];
    const loss = (_: unknown, ctx: Context) => (seen.push(ctx.rng.uniform(1)[0]!), tf.sum(module.params["w"]!));
    const options = { ...base, compile: false, accumulate: 2, seed: 7 }; // a compiled loss would be called once
    await fit({ ...options, module, loss, batches: nothing(4), epochs: 1 });
    expect(seen).toEqual([0, 1, 2, 3].map((batch) => rng(7).split("step", batch).uniform(1)[0]));
    module.dispose();
  });

  it("names the terms of the loss, and means them over epochs", async () => {
    const module = holder({ w: [1] });
    const loss = ({ x }: { x: tf.Tensor }) => ({
      total: tf.add(tf.sum(module.params["w"]!), x),
      terms: { number: x, half: tf.div(x, 2) },
    });
    const history = await fit({ ...base, module, loss, batches: nothing(3), steps: 5 });
    expect(history.steps["loss/number"]).toEqual([0, 1, 2, 3, 4]);
    expect(history.epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [0, 3],
      [1, 5],
    ]);
    expect(history.epochs.map(({ metrics }) => metrics["loss/half"])).toEqual([0.5, 1.75]);
    module.dispose();
  });

  it("is asked for when the step before it is done, weights and callbacks and all, with `prefetch: 0`", async () => {
    const module = holder({ w: [0] });
    const log: string[] = [];
    await fit({
      ...{ ...base, module, epochs: 1, prefetch: 0 },
      batches: {
        stepsPerEpoch: 3,
        batch: async (step: number) => (
          log.push(`ask ${step} at ${module.params["w"]!.dataSync()[0]}`),
          { x: tf.scalar(step) }
        ),
      },
      loss: () => tf.mul(tf.sum(module.params["w"]!), 10),
      callbacks: [{ onStep: ({ step }) => void log.push(`done ${step}`) }],
    });
    expect(log).toEqual(["ask 0 at 0", "done 0", "ask 1 at -1", "done 1", "ask 2 at -2", "done 2"]);
    module.dispose();
  });
});

describe("which params move", () => {
  it("not the frozen ones, unless they are unfrozen on the way", async () => {
    const module = holder({ w: [0], v: [0] });
    freeze(module, "v");
    const values: number[] = [];
    await fit({
      ...base,
      module,
      optimizer: adamW(),
      loss: () => tf.sum(tf.add(tf.square(tf.sub(module.params["w"]!, 1)), tf.square(tf.sub(module.params["v"]!, 1)))),
      batches: nothing(),
      steps: 4,
      callbacks: [
        {
          onStep: ({ step }) => {
            values.push(module.params["v"]!.dataSync()[0]!);
            if (step === 1) unfreeze(module, "v");
          },
        },
      ],
    });
    expect(values.slice(0, 2)).toEqual([0, 0]);
    expect(values[2]).toBeCloseTo(0.1, 4); // the first step of Adam is the learning rate
    module.dispose();
  });

  it("those that the loss reaches; the others are told once", async () => {
    const module = holder({ w: [0], lost: [1], gone: [2] });
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await fit({ ...base, module, loss: bowl(module), batches: nothing(), steps: 3 });
    expect(warn.mock.calls.map(([message]) => String(message))).toEqual([
      "fit: at step 0 the loss does not reach 2 trainable params, which stay as they are: lost, gone. Freeze them if that is meant.",
    ]);
    warn.mockRestore();
    expect(module.params["lost"]!.dataSync()[0]).toBe(1);
    module.dispose();
  });

  it("a variable with two names once", async () => {
    const one = holder({ w: [0] });
    const tied = { params: { a: one.params["w"]!, b: one.params["w"]! }, buffers: {} };
    await fit({ ...base, module: tied, loss: bowl(one), batches: nothing(), steps: 1 });
    expect(one.params["w"]!.dataSync()[0]).toBeCloseTo(0.6, 6);
    one.dispose();
  });

  it("none: an error", async () => {
    const module = holder({ w: [0] });
    const run = fit({ ...base, module, loss: ({ x }) => x, batches: nothing(), steps: 1 });
    await expect(run).rejects.toThrow("fit: the loss depends on none of the 1 trainable params (w, …).");
    freeze(module);
    await expect(fit({ ...base, module, loss: bowl(module), batches: nothing(), steps: 1 })).rejects.toThrow(
      "trainable",
    );
    module.dispose();
  });
});

it("clips all gradients together, and logs the norm before", async () => {
  const module = holder({ w: [3, 3], v: [3] });
  const loss = () => tf.add(tf.sum(tf.mul(module.params["w"]!, [2, 3])), tf.sum(tf.mul(module.params["v"]!, 6)));
  const history = await fit({
    ...base,
    schedule: constant(1),
    module,
    loss,
    batches: nothing(),
    steps: 1,
    clipNorm: 3.5,
  });
  expect(history.steps["gradientNorm"]).toEqual([7]); // 2, 3, 6
  assertClose(module.params["w"]!, [2, 1.5], 1e-6);
  assertClose(module.params["v"]!, [0], 1e-6);
  module.dispose();
});

describe("ema", () => {
  it("is the closed form (1 − d) Σ dⁿ⁻¹⁻ⁱ wᵢ + dⁿ w₀, and `use` looks through it", async () => {
    const module = holder({ w: [1] });
    const average = ema(module, { decay: 0.5, warmup: false });
    const seen: number[] = [];
    // the gradient is 1 throughout: w = 0, −1, −2 after the steps
    await fit({
      ...base,
      schedule: constant(1),
      module,
      loss: () => tf.sum(module.params["w"]!),
      batches: nothing(),
      steps: 3,
      ema: average,
    });
    expect(average.weights["w"]!.dataSync()[0]).toBe(0.125 * 1 + 0.125 * 0 + 0.25 * -1 + 0.5 * -2);
    await average.use(() => void seen.push(module.params["w"]!.dataSync()[0]!));
    await expect(average.use(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(seen).toEqual([-1.125]);
    expect(module.params["w"]!.dataSync()[0]).toBe(-2);
    average.dispose();
    module.dispose();
  });

  it("warms up with (1 + step) / (10 + step)", () => {
    const module = holder({ w: [0] });
    const average = ema(module, { decay: 0.15 });
    tf.tidy(() => module.params["w"]!.assign(tf.tensor1d([1])));
    tf.tidy(() => average.update(tf.scalar(0))); // d = 0.1
    expect(average.weights["w"]!.dataSync()[0]).toBeCloseTo(0.9, 6);
    tf.tidy(() => average.update(tf.scalar(1))); // d = 0.15, as 2 / 11 is more
    expect(average.weights["w"]!.dataSync()[0]).toBeCloseTo(0.15 * 0.9 + 0.85, 6);
    average.dispose();
    module.dispose();
  });

  it("is told the number of each step by fit", async () => {
    const module = holder({ w: [1] });
    const steps: number[] = [];
    const average = { ...ema(module), update: (step: tf.Scalar) => void steps.push(step.dataSync()[0]!) };
    await fit({ ...base, module, loss: bowl(module), batches: nothing(), steps: 3, ema: average });
    expect(steps).toEqual([0, 1, 2]);
    average.dispose();
    module.dispose();
  });

  it("averages running statistics, too", () => {
    const model = net();
    const average = ema(model);
    expect(Object.keys(average.weights)).toContain("norm.running_var");
    average.dispose();
    model.dispose();
    expect(() => ema(model, { decay: 1 })).toThrow("ema: `decay` must be at least 0 and less than 1, got 1.");
  });
});

describe("a step that is not finite", () => {
  it("names the step and the terms, and leaves params and running statistics as they were", async () => {
    const model = net();
    const good = points();
    const bad = {
      ...good,
      batch: async (step: number) => {
        const batch = await good.batch(step);
        if (step !== 2) return batch;
        const broken = tf.mul(batch.x, NaN);
        batch.x.dispose();
        return { ...batch, x: broken };
      },
    };
    let healthy = {};
    const run = fit({
      ...base,
      module: model,
      loss: logistic(model),
      batches: bad,
      epochs: 1,
      callbacks: [{ onStep: () => void (healthy = numbersOf(model)) }],
    });
    await expect(run).rejects.toThrow(
      "fit: step 2 is not finite: loss/fit = NaN, loss/size = NaN. The weights are as they were before it; " +
        "look at its batch, or lower the learning rate or `clipNorm`.",
    );
    await expect(run).rejects.toMatchObject({ step: 2, culprits: ["loss/fit", "loss/size"] });
    await expect(run).rejects.toBeInstanceOf(NotFiniteError);
    expect(numbersOf(model)).toEqual(healthy);
    model.dispose();
  });

  it("is found in the gradients as well, where the loss is fine", async () => {
    const module = holder({ w: [0], v: [1] });
    const loss = () => tf.add(tf.sum(tf.sqrt(module.params["w"]!)), tf.sum(module.params["v"]!));
    const run = fit({ ...base, module, loss, batches: nothing(), steps: 1 });
    await expect(run).rejects.toThrow("fit: step 0 is not finite: gradient of w.");
    expect(module.params["v"]!.dataSync()[0]).toBe(1);
    module.dispose();
  });
});

describe("errors", () => {
  const options = (module: ReturnType<typeof holder>) => ({
    ...base,
    module,
    loss: bowl(module),
    batches: nothing(),
    steps: 2,
  });

  it("of the batch source reach the caller, after the steps before", async () => {
    const module = holder({ w: [0] });
    const batches = {
      stepsPerEpoch: 5,
      batch: (step: number) => {
        if (step === 3) throw new Error("cannot read cat.png");
        return nothing().batch(step);
      },
    };
    const steps: number[] = [];
    const run = fit({
      ...options(module),
      batches,
      steps: 5,
      callbacks: [{ onStep: ({ step }) => void steps.push(step) }],
    });
    await expect(run).rejects.toThrow("cannot read cat.png");
    expect(steps).toEqual([0, 1, 2]);
    module.dispose();
  });

  it("of the loss and of callbacks, too, and `onError` hears of all", async () => {
    const module = holder({ w: [0] });
    const heard: unknown[] = [];
    const onError = (error: unknown) => void heard.push((error as Error).message);
    const throws = (message: string) => () => {
      throw new Error(message);
    };
    await expect(fit({ ...options(module), loss: throws("loss"), callbacks: [{ onError }] })).rejects.toThrow("loss");
    await expect(fit({ ...options(module), callbacks: [{ onStep: throws("step") }, { onError }] })).rejects.toThrow(
      "step",
    );
    await expect(fit({ ...options(module), callbacks: [{ onEnd: throws("end") }, { onError }] })).rejects.toThrow(
      "end",
    );
    expect(heard).toEqual(["loss", "step", "end"]);
    module.dispose();
  });

  it("of an optimizer of TensorFlow.js say what to take", async () => {
    const module = holder({ w: [0] });
    const optimizer = tf.train.adam() as unknown as ReturnType<typeof adamW>;
    await expect(fit({ ...base, module, optimizer, loss: bowl(module), batches: nothing(), steps: 1 })).rejects.toThrow(
      "fit: `optimizer` must be one of Fovea, such as `adamW()`",
    );
    (optimizer as unknown as tf.Optimizer).dispose();
    module.dispose();
  });

  it("of the options come before anything is done", async () => {
    const module = holder({ w: [0] });
    const { steps: _, ...rest } = options(module);
    await expect(fit(rest)).rejects.toThrow(
      "fit: give either `epochs` or `steps`, got epochs = undefined, steps = undefined.",
    );
    await expect(fit({ ...rest, epochs: 0 })).rejects.toThrow(
      "fit: `epochs` must be a whole number of at least 1, got 0.",
    );
    await expect(fit({ ...rest, steps: 1, clipNorm: -1 })).rejects.toThrow("fit: `clipNorm` must be above 0, got -1.");
    await expect(fit({ ...rest, steps: 1, schedule: () => NaN })).rejects.toThrow(
      "fit: `schedule` must give a learning rate of at least 0, got NaN at step 0.",
    );
    const momentum = { learningRate: constant(0.1), momentum: (step: number) => 0.5 + step };
    await expect(fit({ ...rest, steps: 2, schedule: momentum })).rejects.toThrow(
      "fit: `schedule`, at step 0: sgd without `momentum`: there is no `momentum` to schedule; there are weightDecay.",
    );
    const sgdAlone = { ...sgd({ momentum: 0.9 }) };
    delete sgdAlone.requireScheduled;
    await expect(fit({ ...rest, steps: 2, schedule: momentum, optimizer: sgdAlone })).rejects.toThrow(
      "fit: `schedule` moves momentum, but the optimizer has no `requireScheduled`: it follows schedules of the learning " +
        "rate alone.",
    );
    expect(module.params["w"]!.dataSync()[0]).toBe(0);
    await expect(fit({ ...rest, steps: 2, schedule: momentum, optimizer: sgd({ momentum: 0.9 }) })).rejects.toThrow(
      "fit: `schedule`, at step 1: sgd: `momentum` must be at least 0 and less than 1, got 1.5.",
    );
    await expect(fit({ ...rest, steps: 1, loss: () => tf.zeros([3]) })).rejects.toThrow(
      "fit: `loss` must return scalars; loss is a tensor of shape [3].",
    );
    module.dispose();
  });
});

describe("leaks", () => {
  const eager = { ...base, compile: false }; // a compiled loss would leak once

  const leaky = (module: ReturnType<typeof holder>, kept: tf.Tensor[], every: number) => {
    let calls = 0;
    return () => {
      if (calls++ % every === 0) kept.push(tf.keep(tf.scalar(calls)));
      return bowl(module)();
    };
  };

  it("of a tensor a step are told with their number, within 51 steps", async () => {
    const module = holder({ w: [0] });
    const kept: tf.Tensor[] = [];
    const run = fit({ ...eager, module, loss: leaky(module, kept, 1), batches: nothing(), steps: 80, leaks: "error" });
    await expect(run).rejects.toThrow(
      /fit: tensors leak: \d+ grew to \d+ in the 32 steps before step 51, 1\.0 a step\./,
    );
    tf.dispose(kept);
    module.dispose();
  });

  it("are warned of once by default, and not of at all if asked", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const kept: tf.Tensor[] = [];
    const module = holder({ w: [0] });
    await fit({ ...eager, module, loss: leaky(module, kept, 1), batches: nothing(), steps: 120 });
    expect(warn).toHaveBeenCalledOnce();
    await fit({ ...eager, module, loss: leaky(module, kept, 1), batches: nothing(), steps: 60, leaks: "ignore" });
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
    tf.dispose(kept);
    module.dispose();
  });

  it("there are none in fit: 120 steps with everything on end with as many tensors as they began", async () => {
    const model = net();
    const average = ema(model);
    const counts: number[] = [];
    await fit({
      module: model,
      loss: logistic(model),
      batches: points(),
      steps: 120,
      optimizer: adamW(),
      schedule: constant(0.01),
      accumulate: 2,
      clipNorm: 0.1,
      ema: average,
      leaks: "error",
      callbacks: [{ onStep: () => void counts.push(tf.memory().numTensors) }],
    });
    expect(Math.max(...counts.slice(60))).toBeLessThanOrEqual(Math.max(...counts.slice(0, 60)));
    average.dispose();
    model.dispose();
  });
});

describe("signals", () => {
  it("end the run after the step, also while it waits for a batch that never comes", async () => {
    const module = holder({ w: [0] });
    const controller = new AbortController();
    const batches = {
      stepsPerEpoch: 9,
      batch: (step: number) => (step < 2 ? nothing().batch(step) : new Promise<{ x: tf.Tensor }>(() => {})),
    };
    setTimeout(() => controller.abort(new Error("enough")), 20);
    const history = await fit({ ...base, module, loss: bowl(module), batches, epochs: 1, signal: controller.signal });
    expect(history.steps["loss"]).toHaveLength(2);
    expect(history.stopped).toBe("aborted: enough");
    module.dispose();
  });

  it("are heard even if no batch ever waits", async () => {
    const module = holder({ w: [0] });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const history = await fit({
      ...base,
      module,
      loss: bowl(module),
      batches: nothing(),
      steps: 1e6,
      signal: controller.signal,
    });
    expect(history.stopped).toMatch(/^aborted: /);
    module.dispose();
  });
});

it("evaluates with the averaged weights and without dropout, as the README says", async () => {
  const model = net();
  const average = ema(model, { decay: 0.9 });
  const { x, y } = await points({ batch: 24 }).batch(0);
  const loss = () => tf.tidy(() => logistic(model)({ x, y }, inferenceContext()).total.dataSync()[0]!);
  const history = await fit({
    ...base,
    module: model,
    loss: logistic(model),
    batches: points(),
    epochs: 3,
    ema: average,
    callbacks: [evaluate({ every: 2, run: async () => ({ averaged: await average.use(loss), own: loss() }) })],
  });
  expect(history.epochs.map(({ metrics }) => "averaged" in metrics)).toEqual([false, true, true]);
  expect(history.epochs[2]!.metrics["own"]).toBe(loss());
  expect(history.epochs[2]!.metrics["averaged"]).not.toBe(loss());
  tf.dispose({ x, y });
  average.dispose();
  model.dispose();
});
