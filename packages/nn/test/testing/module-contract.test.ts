import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { moduleOf, type Context, type Module } from "../../src/index.js";
import { moduleContract, randomTensor } from "../../src/testing/index.js";

/** A module with one deliberate bug. */
interface Case {
  /** What it does wrong: it "sees …". */
  readonly what: string;
  /** The law that finds it, and part of its message. */
  readonly breaks: string;
  readonly says?: string;
  readonly make?: () => Module;
  readonly forward: (x: tf.Tensor, ctx: Context, module: Module) => tf.Tensor;
}

/** x², with that multiple of its derivative. */
const square = (x: tf.Tensor, factor: number): tf.Tensor =>
  tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.mul(x as tf.Tensor, 2 * factor)),
  }))(x);

describe("moduleContract", () => {
  const failures = ({ make = () => moduleOf({}), forward }: Pick<Case, "make" | "forward">) =>
    moduleContract({
      make,
      input: () => randomTensor([3, 5]),
      forward: (module, x, ctx) => tf.tidy(() => forward(x, ctx, module)),
    }).flatMap(({ name, run }) => {
      try {
        run();
        return [];
      } catch (error) {
        return [[name, String(error)] as const];
      }
    });
  const scale = () => tf.tidy(() => tf.variable(randomTensor([5], 3)));
  const scaled = () => moduleOf({ scale: scale() });
  let calls = 0;
  let shared: tf.Variable | undefined;
  const firstShapes = new WeakMap<Module, number>();
  const firstScales = new WeakMap<Module, number[]>();
  const secrets = new WeakMap<Module, tf.Variable>();
  const withSecret = () => {
    const secret = scale();
    const module = { ...moduleOf({}), dispose: () => secret.dispose() };
    secrets.set(module, secret);
    return module;
  };
  const once = <T>(memory: WeakMap<Module, T>, module: Module, value: T): T => {
    const remembered = memory.get(module) ?? value;
    memory.set(module, remembered);
    return remembered;
  };

  it.each([
    ["without params", { forward: (x: tf.Tensor) => tf.tanh(x) }],
    ["with params", { make: scaled, forward: (x, _, { params }) => tf.mul(x, params["scale"]!) }],
  ] satisfies [string, Pick<Case, "make" | "forward">][])("passes a right one %s", (_, right) => {
    expect(failures(right)).toEqual([]);
  });

  it.each<Case>([
    {
      what: "a wrong gradient",
      breaks: "has the gradient of finite differences for its input (training)",
      says: "finite differences give",
      forward: (x) => square(x, 1.1),
    },
    {
      what: "a gradient that is wrong in inference",
      breaks: "has the gradient of finite differences for its input (inference)",
      forward: (x, { training }) => square(x, training ? 1 : 1.1),
    },
    {
      what: "a param without a gradient",
      breaks: "has it for every param (training)",
      says: "no gradient reaches `idle`",
      make: () => moduleOf({ scale: scale(), idle: scale() }),
      forward: (x, _, { params }) => tf.mul(x, params["scale"]!),
    },
    {
      what: "a variable that is no param",
      breaks: "declares every variable it learns",
      says: "1 variables that get a gradient are missing in `params`",
      make: withSecret,
      forward: (x, _, module) => tf.mul(x, secrets.get(module)!),
    },
    {
      what: "chance",
      breaks: "gives the same numbers in the same context",
      forward: (x) => tf.mul(x, calls++),
    },
    {
      what: "memory of the size of the first batch",
      breaks: "forgets earlier calls",
      forward: (x, _, module) => tf.mul(x, once(firstShapes, module, x.shape[0]!)),
    },
    {
      what: "memory of training",
      breaks: "forgets earlier calls",
      forward: (x, { training }, module) => tf.mul(x, training ? (firstShapes.set(module, 2), 1) : once(firstShapes, module, 1)), // prettier-ignore
    },
    {
      what: "samples that meet",
      breaks: "treats samples one by one in inference",
      forward: (x) => tf.sub(x, tf.mean(x, 0)),
    },
    {
      what: "NaN",
      breaks: "gives finite numbers",
      says: "expected finite numbers, got NaN or infinity",
      forward: (x) => tf.mul(x, NaN),
    },
    {
      what: "a disposed input",
      breaks: "leaves its input alone",
      says: "the input is disposed with the output, or by `forward`",
      forward: (x) => (x.dispose(), tf.zeros([3, 5])),
    },
    {
      what: "the input returned",
      breaks: "leaves its input alone",
      says: "the input is disposed with the output, or by `forward`",
      forward: (x) => x,
    },
    {
      what: "a param that moves in training",
      breaks: "changes no weight, except buffers in training",
      says: "`forward` changes the weight `scale`",
      make: scaled,
      forward: (x, { training }, { params }) => (training && params["scale"]!.assign(tf.ones([5])), tf.tanh(x)),
    },
    {
      what: "a buffer that moves in inference",
      breaks: "changes no weight, except buffers in training",
      says: "`forward` changes the weight `mean`",
      make: () => moduleOf({}, { mean: scale() }),
      forward: (x, _, { buffers }) => (buffers["mean"]!.assign(tf.mean(x, 0)), tf.tanh(x)),
    },
    {
      what: "a leak",
      breaks: "leaves no tensor behind",
      says: "3 tensors more after 3 runs",
      forward: (x) => (tf.keep(tf.add(x, 1)), tf.tanh(x)),
    },
    {
      what: "params that are not freed",
      breaks: "leaves no tensor behind",
      make: () => ({ ...scaled(), dispose: () => {} }),
      forward: (x) => tf.tanh(x),
    },
    {
      what: "instances with one weight",
      breaks: "shares nothing with another instance",
      says: "two instances share the weight `scale`",
      make: () => ({ ...moduleOf({ scale: (shared ??= scale()) }), dispose: () => {} }),
      forward: (x, _, { params }) => tf.mul(x, params["scale"]!),
    },
    {
      what: "memory of the first weights",
      breaks: "gives the same numbers after its weights are copied by name",
      says: "a new instance with the same weights computes something else",
      make: scaled,
      forward: (x, _, module) => tf.mul(x, once(firstScales, module, [...module.params["scale"]!.dataSync()])),
    },
    {
      what: "weights with numbers that go on",
      breaks: "gives the same numbers after its weights are copied by name",
      says: "a new instance has the weights scale",
      make: () => moduleOf({ [`scale${calls++}`]: scale() }),
      forward: (x, _, { params }) => tf.mul(x, Object.values(params)[0]!),
    },
  ])("sees $what", ({ breaks, says = "", ...broken }) => {
    const message = new Map(failures(broken)).get(breaks);
    expect(message).toContain(`moduleContract: the module breaks the law "${breaks}": `);
    expect(message).toContain(says);
  });
});
