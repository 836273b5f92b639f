import { compile, RecordingError, sessionCount } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, onTestFinished } from "vitest";

const row = (...values: number[]): tf.Tensor1D => tf.tensor1d(values);

function variable(...values: number[]): tf.Variable {
  const made = tf.variable(row(...values));
  onTestFinished(() => made.dispose());
  return made;
}

/** The error of a function that cannot be compiled. Nothing may be left of it. */
function refusal(fn: (...args: never[]) => unknown, ...args: unknown[]): Error {
  const before = tf.memory();
  const sessions = sessionCount();
  const { registeredVariables } = tf.engine();
  const variables = Object.entries(registeredVariables).map(([name, v]) => [name, Array.from(v.dataSync())]);
  const run = compile(fn as never);
  let error: unknown;
  try {
    (run as (...args: unknown[]) => unknown)(...args);
  } catch (cause) {
    error = cause;
  }
  const { numTensors, numDataBuffers, numBytes } = before;
  expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
  expect(Object.entries(registeredVariables).map(([name, v]) => [name, Array.from(v.dataSync())])).toEqual(variables);
  expect(run.graphs).toBe(0);
  expect(sessionCount()).toBe(sessions);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

/** What an error must say of where it came from: a line of this file. */
const here = /refusals\.test\.ts:\d+/;

describe("while a function is recorded", () => {
  const read = "a value was read that is only known when the compiled function runs";

  it.each<[string, (x: tf.Tensor, v: tf.Variable) => unknown]>([
    ["an argument", (x) => x.dataSync()],
    ["a result", (x) => tf.neg(x).dataSync()],
    ["a reshaped result", (x) => tf.reshape(tf.neg(x), [1, 2]).arraySync()],
    ["a variable", (_, v) => v.dataSync()],
    ["a variable that it has assigned", (x, v) => (v.assign(x), v.dataSync())],
    ["a value in a gradient", (x) => tf.grad((y) => (y.dataSync(), tf.sum(tf.square(y))))(x)],
  ])("%s cannot be read", (_, f) => {
    const v = variable(1, 2);
    const x = row(3, 4);
    const error = refusal((y: tf.Tensor) => (f(y, v), y), x);
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toContain(read);
    expect(error.message).toMatch(here);
    expect(Array.from(v.dataSync())).toEqual([1, 2]);
  });

  it("a kernel that runs in JavaScript alone is refused by name", () => {
    const error = refusal(
      (x: tf.Tensor1D) => tf.avgPool3d(tf.reshape(x, [1, 1, 1, 2, 1]) as tf.Tensor5D, 1, 1, 0),
      row(1, 2),
    );
    expect(error.message).toContain("AvgPool3D runs in JavaScript only");
    expect(error.message).toMatch(here);
  });

  it("attributes for which there are no nodes are refused", () => {
    const x = tf.ones<tf.Rank.R4>([1, 3, 4, 4]);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 3, 2]);
    expect(refusal((y: tf.Tensor4D) => tf.conv2d(y, filter, 1, 0, "NCHW"), x).message).toContain(
      "Conv2D has no ONNX nodes",
    );
  });

  it("strings and complex numbers are refused", () => {
    expect(refusal((x: tf.Tensor) => x, tf.tensor(["a"])).message).toContain("an argument of string numbers");
    expect(refusal((x: tf.Tensor) => tf.spectral.fft(tf.complex(x, x)), row(1, 2)).message).toContain("Complex");
  });

  it("a variable must be neither made nor disposed", () => {
    expect(refusal((x: tf.Tensor) => tf.variable(x)).message).toBeTruthy();
    expect(refusal((x: tf.Tensor) => (tf.variable(tf.zeros([2])), x), row(1)).message).toContain(
      "must not make a variable",
    );
    const gone = tf.variable(row(1));
    const run = compile((x: tf.Tensor) => (gone.dispose(), x));
    expect(() => run(row(1))).toThrow(`must not dispose a variable, disposed \`${gone.name}\``);
  });

  it("a promise is refused", () => {
    const error = refusal(async (x: tf.Tensor) => (await x.data(), x), row(1));
    expect(error.message).toContain("not a promise");
  });

  it("what the function throws itself is passed on", () => {
    const x = row(1);
    const mine = new RangeError("mine");
    expect(refusal((y: tf.Tensor) => { tf.square(y); throw mine; }, x)).toBe(mine); // prettier-ignore
  });

  it("what it throws in the middle of a gradient leaves nothing", () => {
    const fn = (x: tf.Tensor) => tf.grad((y) => { tf.exp(tf.square(y)); throw new Error("mine"); })(x); // prettier-ignore
    expect(refusal(fn, row(1)).message).toBe("mine");
  });
});

describe("a constant that changes from call to call", () => {
  it.each<[string, () => number]>([
    ["a count", (() => { let n = 0; return () => ++n; })()], // prettier-ignore
    // eslint-disable-next-line no-restricted-syntax -- what users do
    ["Math.random", () => Math.random()],
    ["the time", () => performance.now()],
  ])("is found: %s", (_, next) => {
    const error = refusal((x: tf.Tensor) => tf.mul(x, next()), row(1));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error.message).toMatch(/Multiply reads a constant that changes from call to call: [\d.]+, then [\d.]+/);
    expect(error.message).toMatch(here);
  });

  it("is found when it comes from tfjs's own random numbers", () => {
    expect(refusal((x: tf.Tensor) => tf.mul(x, tf.randomUniform([1])), row(1)).message).toContain("changes from call");
    expect(refusal((x: tf.Tensor) => tf.dropout(x, 0.5), tf.ones([50])).message).toContain("changes from call");
  });

  it("is found when what JavaScript reads is changed between the recordings", () => {
    let rate = 0.1;
    const run = compile((x: tf.Tensor) => tf.mul(x, rate), { beforeRecording: (attempt) => (rate = 0.1 + attempt) });
    expect(() => run(row(1))).toThrow("changes from call to call");
  });

  it("is found in what the function does", () => {
    let n = 0;
    const error = refusal((x: tf.Tensor) => (n++ % 2 ? tf.neg(x) : tf.square(x)), row(1));
    expect(error.message).toContain("the function does something else each time it is called: Square, then Neg");
    expect(error.message).toMatch(here);
  });
});

describe("an argument", () => {
  it("that is a number is refused, since it would be a constant", () => {
    const run = compile((x: tf.Tensor, rate: number) => tf.mul(x, rate));
    expect(() => run(row(1), 0.1)).toThrow(
      new TypeError("compile: argument [1] is the number 0.1: it would be a constant for ever; pass a scalar tensor, or bind it outside."), // prettier-ignore
    );
  });

  it.each([
    ["a function", { f: () => 0 }],
    ["a typed array", { f: new Float32Array(1) }],
  ])("that is %s is refused", (_, x) => {
    // prettier-ignore
    expect(() => compile((y: unknown) => y)(x)).toThrow(/compile: argument \[0\]\.f is a (function|object)/);
  });
});

describe("fallback to eager", () => {
  it("runs the function as it is from then on, and says why once", () => {
    const reasons: Error[] = [];
    let calls = 0;
    const run = compile(
      (x: tf.Tensor1D) => (calls++, tf.avgPool3d(tf.reshape(x, [1, 1, 1, 1, 2]) as tf.Tensor5D, 1, 1, 0)),
      {
        fallback: "eager",
        onFallback: (reason) => void reasons.push(reason),
      },
    );
    expect([row(1, 5), row(7, 2)].map((x) => run(x).dataSync()[1])).toEqual([5, 2]);
    expect(calls).toBe(3);
    expect(reasons.map(({ message }) => message)).toEqual([
      expect.stringContaining("AvgPool3D runs in JavaScript only"),
    ]);
  });

  it("is not for errors of the function itself", () => {
    const run = compile((_: tf.Tensor): tf.Tensor => { throw new RangeError("mine"); }, { fallback: "eager" }); // prettier-ignore
    expect(() => run(row(1))).toThrow("mine");
  });
});
