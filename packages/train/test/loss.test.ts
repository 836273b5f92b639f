import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { constant, fit, sgd, type Loss, type Schedule } from "../src/index.js";
import { lossGradients } from "../src/gradients.js";
import { holder, nothing } from "./support.js";

const base = { optimizer: sgd(), schedule: constant(0.1), batches: nothing() };
type Holder = ReturnType<typeof holder>;
const weightOf = (module: Holder) => module.params["w"]!;

let module: Holder;
let before: tf.MemoryInfo;
beforeEach(() => {
  module = holder({ w: [1, 2] });
  before = tf.memory();
});
afterEach(() => module.dispose());

const attempt = (loss: (batch: { x: tf.Tensor }) => Loss, steps = 3) => fit({ ...base, module, loss, steps });

describeOnEngines("a loss that fails leaves no tensor and no byte behind", () => {
  // each is kept for its gradient
  const activations = () => tf.exp(tf.square(tf.mul(weightOf(module), tf.ones([1000, 2]))));
  const unchanged = () => {
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  };

  it("by throwing in the middle", async () => {
    const failing = () => {
      activations();
      throw new Error("no such class");
    };
    await expect(attempt(failing)).rejects.toThrow("no such class");
    unchanged();
  });

  it("by a gradient that throws", async () => {
    const broken = tf.customGrad((x) => ({
      value: tf.sum(x as tf.Tensor),
      gradFunc: () => {
        throw new Error("no gradient");
      },
    }));
    await expect(attempt(() => broken(activations()))).rejects.toThrow("no gradient");
    unchanged();
  });

  it("by what it returns", async () => {
    await expect(attempt(() => activations())).rejects.toThrow(
      "fit: `loss` must return scalars; loss is a tensor of shape [1000, 2].",
    );
    unchanged();
  });

  it("by not reaching the params", async () => {
    await expect(attempt(({ x }) => tf.exp(tf.square(x)))).rejects.toThrow("depends on none of the 1 trainable params");
    unchanged();
  });

  it("and the next run is as if nothing had been", async () => {
    await expect(attempt(() => activations())).rejects.toThrow();
    await attempt(() => tf.sum(weightOf(module)), 1);
    expect(Array.from(weightOf(module).dataSync())).toEqual([1, 2].map((w) => Math.fround(w - 0.1)));
  });
});

it("that fails inside a gradient of someone else leaves that one what it keeps", () => {
  const fails = () => {
    throw new Error("inner");
  };
  const derivative = tf.tidy(() => {
    const outer = tf.grad((x) => {
      const y = tf.square(x);
      expect(() => lossGradients({ w: weightOf(module) }, fails)).toThrow("inner");
      return tf.sum(y);
    });
    return outer(tf.tensor1d([3])).dataSync()[0];
  });
  expect(derivative).toBe(6);
});

describe("what is no loss is told as what it is", () => {
  const refused = (loss: () => unknown) => expect(attempt(loss as () => Loss)).rejects;

  it("a promise, of an async function", async () => {
    const message =
      "fit: `loss` must return its tensors at once, since gradients follow what it computes until then; it returned a " +
      "promise. Make it a function without `async`; what is awaited belongs into the batch source.";
    await refused(async () => tf.sum(weightOf(module))).toThrow(message);
    await refused(async () => {
      await Promise.resolve();
      throw new Error("must not become an unhandled rejection, which ends the process");
    }).toThrow(message);
  });

  it("a promise among the terms", async () => {
    await refused(() => ({ total: Promise.resolve(1) })).toThrow("fit: `loss` must return scalars; loss is a promise.");
  });

  it("nothing, where a `return` is missing", async () => {
    await refused(() => undefined).toThrow(
      "fit: `loss` must return the scalar to minimize, got undefined; is a `return` missing?",
    );
    await refused(() => null).toThrow("got null; is a `return` missing?");
  });

  it("a number, where a tensor was read", async () => {
    await refused(() => 2.5).toThrow(
      "fit: `loss` must return a scalar tensor, of which gradients can be taken, got the number 2.5.",
    );
  });

  it("an object without a total", async () => {
    await refused(() => ({ loss: tf.sum(weightOf(module)) })).toThrow(
      "fit: `loss` must return scalars; loss is undefined.",
    );
  });
});

describe("a schedule that is none is told before anything starts", () => {
  const learningRate = constant(0.1);
  it.each<[unknown, string]>([
    [0.1, "got 0.1."],
    [undefined, "got undefined."],
    [{}, "got only an empty one."],
    [{ momentum: learningRate }, "got only momentum."],
    [{ learningRate: 0.1 }, "got 0.1 as `learningRate`."],
    [{ learningRate, momentum: "0.9" }, 'got "0.9" as `momentum`.'],
  ])("%o", async (schedule, got) => {
    const loss = () => tf.sum(weightOf(module));
    const attempt = fit({ ...base, module, loss, steps: 1, schedule: schedule as Schedule });
    await expect(attempt).rejects.toBeInstanceOf(TypeError);
    await expect(attempt).rejects.toThrow(
      "fit: `schedule` must be a function of the step, such as `constant(0.1)`, or a record of such functions, one of them " +
        `called \`learningRate\`; ${got}`,
    );
  });
});

describe("a batch that is handed out twice", () => {
  const message = (number: number) =>
    `fit: batch ${number} has a tensor that is disposed already. \`fit\` disposes each batch after its step, so ` +
    "`batches.batch` must make new tensors each time it is called; of tensors that it keeps, return `tf.clone(x)`.";
  const loss = ({ x }: { x: tf.Tensor }) => tf.sum(tf.mul(weightOf(module), x));

  it("is told by its number, wherever in the batch the tensor is", async () => {
    const x = tf.scalar(1);
    const same = { stepsPerEpoch: 3, batch: async () => ({ x }) };
    await expect(fit({ ...base, module, loss, batches: same, epochs: 1 })).rejects.toThrow(message(1));
    const y = tf.scalar(1);
    const nested = { stepsPerEpoch: 3, batch: async (step: number) => ({ x: tf.scalar(step), more: [{ y }] }) };
    await expect(fit({ ...base, module, loss, batches: nested, epochs: 1, accumulate: 2 })).rejects.toThrow(message(1));
  });

  it("may be, as clones of what the source keeps", async () => {
    const x = tf.scalar(1);
    const clones = { stepsPerEpoch: 3, batch: async () => ({ x: tf.clone(x) }) };
    await fit({ ...base, module, loss, batches: clones, epochs: 1 });
    expect(weightOf(module).dataSync()[0]).toBeCloseTo(0.7, 6);
    x.dispose();
  });
});
