import { compile } from "@fovea/tfjs-backend-onnxruntime";
import { setThreads, getThreads } from "@fovea/tfjs-backend-onnxruntime";
import type { OnnxRuntimeBackend } from "../../src/backend.js";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hostCheck, hostTensor } from "./host.js";

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const row = (...values: number[]): tf.Tensor1D => tf.tensor1d(values);

function variable(...values: number[]): tf.Variable {
  const made = tf.variable(row(...values));
  onTestFinished(() => made.dispose());
  return made;
}

/** A compiled function that is disposed when the test ends. */
const compiled: typeof compile = (fn, options) => {
  const made = compile(fn, options);
  onTestFinished(() => made.dispose());
  return made;
};

describe("a compiled function", () => {
  it("gives what the function gives, in the structure that it returns", () => {
    const fn = ({ x, y }: { x: tf.Tensor; y: [tf.Tensor, string] }) => ({
      sum: tf.add(x, y[0]),
      parts: [tf.mul(x, 2), null, y[1], undefined, true] as const,
    });
    const { sum, parts } = compiled(fn)({ x: row(1, 2), y: [row(3, 4), "name"] });
    expect(numbers(sum)).toEqual([4, 6]);
    expect(numbers(parts[0])).toEqual([2, 4]);
    expect(parts.slice(1)).toEqual([null, "name", undefined, true]);
  });

  it("is called for recording, and not again", () => {
    let calls = 0;
    const run = compiled((x: tf.Tensor) => {
      calls++;
      return tf.neg(x);
    });
    expect([row(1), row(2), row(3)].map((x) => numbers(run(x))[0])).toEqual([-1, -2, -3]);
    expect(calls).toBe(2);
  });

  it("is recorded anew for other shapes, types, structures, strings and booleans", () => {
    const run = compiled((x: tf.Tensor | tf.Tensor[], how?: unknown) =>
      how === true ? tf.neg(x as tf.Tensor) : Array.isArray(x) ? tf.addN(x) : tf.square(x),
    );
    expect(numbers(run(row(3)))).toEqual([9]);
    expect(numbers(run(row(3, 4)))).toEqual([9, 16]);
    expect(numbers(run(tf.tensor1d([3], "int32")))).toEqual([9]);
    expect(numbers(run([row(1), row(2)]))).toEqual([3]);
    expect(numbers(run(row(3), true))).toEqual([-3]);
    expect(numbers(run(row(3), false))).toEqual([9]);
    expect(run.graphs).toBe(6);
  });

  it("holds no more graphs than it may, and makes one again that it has given up", () => {
    const run = compiled((x: tf.Tensor) => tf.neg(x), { maxGraphs: 2 });
    for (const n of [1, 2, 1, 3, 2, 1]) expect(run(tf.ones([n])).shape).toEqual([n]);
    expect(run.graphs).toBe(2);
    run.dispose();
    expect(run.graphs).toBe(0);
    expect(numbers(run(row(5)))).toEqual([-5]);
  });

  it("gives back an argument, a variable and a constant as tensors of their own", () => {
    const v = variable(7);
    const outside = row(8);
    const run = compiled((x: tf.Tensor) => [x, v, outside, tf.scalar(9), tf.reshape(x, [1, 2])] as tf.Tensor[]);
    const x = row(1, 2);
    const once = run(x);
    tf.dispose(once);
    const again = run(x);
    v.assign(row(0));
    expect(again.map(numbers)).toEqual([[1, 2], [7], [8], [9], [1, 2]]);
    expect(numbers(x)).toEqual([1, 2]);
    expect(again[4]!.shape).toEqual([1, 2]);
  });

  it("gives what needs no graph: constants alone, in every run", () => {
    const run = compiled(() => [tf.scalar(3), tf.ones([2])]);
    for (let i = 0; i < 2; i++) expect(run().map(numbers)).toEqual([[3], [1, 1]]);
  });

  it("reads a variable as it is in each run", () => {
    const v = variable(1);
    const run = compiled((x: tf.Tensor) => tf.add(x, v));
    expect(numbers(run(row(1)))).toEqual([2]);
    v.assign(row(10));
    expect(numbers(run(row(1)))).toEqual([11]);
  });

  it("computes of variables what it can only as often as they change, and gives that up where they change each time", () => {
    let calls = 0;
    const [filter, x] = [tf.variable(tf.ones<tf.Rank.R4>([3, 3, 16, 16])), tf.ones<tf.Rank.R4>([2, 20, 20, 16])];
    const run = compiled((x: tf.Tensor4D) => (calls++, tf.max(tf.conv2d(x, tf.square(filter), 1, "same"))));
    const largest = (value: number) => {
      filter.assign(tf.fill(filter.shape, value));
      return [run(x), run(x)].map((y) => numbers(y)[0]);
    };
    expect([1, 2, 3, 4, 5, 6].map(largest)).toEqual([1, 2, 3, 4, 5, 6].map((v) => [144 * v * v, 144 * v * v]));
    expect(calls).toBe(2);
    const once = (value: number) => {
      filter.assign(tf.fill(filter.shape, value));
      return numbers(run(x))[0];
    };
    expect([1, 2, 3, 4, 5, 6, 7].map(once)).toEqual([1, 2, 3, 4, 5, 6, 7].map((v) => 144 * v * v));
    expect(calls).toBe(4);
    expect(run.graphs).toBe(1);
    filter.dispose();
  });

  it("assigns variables, and returns what one was before or after", () => {
    const v = variable(1, 2);
    const run = compiled((x: tf.Tensor) => {
      const before = tf.clone(v);
      v.assign(tf.add(v, x));
      return { before, after: tf.clone(v), twice: tf.mul(v, 2) };
    });
    const { before, after, twice } = run(row(10, 20));
    expect([before, after, twice, v].map(numbers)).toEqual([[1, 2], [11, 22], [22, 44], [11, 22]]); // prettier-ignore
    expect(numbers(run(row(1, 1)).before)).toEqual([11, 22]);
  });

  it("keeps variables apart that share their numbers", () => {
    const v = variable(1);
    const average = tf.variable(tf.clone(v));
    onTestFinished(() => average.dispose());
    const run = compiled((x: tf.Tensor) => {
      v.assign(tf.add(v, x));
      average.assign(tf.add(tf.mul(average, 0.5), tf.mul(v, 0.5)));
      return tf.sub(v, average);
    });
    expect(numbers(run(row(2)))).toEqual([1]);
    expect(numbers(run(row(2)))).toEqual([5 - 3.5]);
  });

  it("assigns one value to two variables", () => {
    const [a, b] = [variable(1), variable(2)];
    const run = compiled((x: tf.Tensor) => {
      const y = tf.neg(x);
      a.assign(y as tf.Tensor1D);
      b.assign(y as tf.Tensor1D);
      return tf.scalar(0);
    });
    run(row(5));
    a.assign(row(0));
    expect(numbers(b)).toEqual([-5]);
  });

  it("runs with as many threads as there are now", () => {
    const before = getThreads();
    onTestFinished(() => setThreads(before));
    const run = compiled((x: tf.Tensor) => tf.sum(tf.square(x)));
    for (const threads of [1, 2, 1]) {
      setThreads(threads);
      expect(numbers(run(tf.ones([1000])))).toEqual([1000]);
    }
  });

  it("leaves no tensor behind, whatever the number of runs", () => {
    const v = variable(...new Array(5000).fill(1));
    const run = compiled((x: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(tf.square(v), x)) as tf.Scalar);
      v.assign(tf.sub(v, tf.mul(grads[v.name]!, 0.01)));
      return value;
    });
    const x = tf.ones([5000]);
    run(x).dispose();
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    for (let i = 0; i < 20; i++) run(x).dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
  });

  it("has two arrays for each variable that it assigns, of which one waits; what the variable was made from is let be", () => {
    const { buffers } = tf.backend() as OnnxRuntimeBackend;
    buffers.clear();
    const given = new Float32Array(4096).fill(1);
    const v = tf.tidy(() => tf.variable(tf.tensor1d(given)));
    onTestFinished(() => v.dispose());
    const step = compiled(() => (v.assign(tf.add(v, 1)), null));
    for (let i = 0; i < 3; i++) {
      step();
      expect(buffers.bytes).toBe(given.byteLength);
    }
    expect([v.dataSync()[4095], given[4095]]).toEqual([4, 1]);
  });

  it("leaves nothing of results that it is told to keep, when it is recorded", () => {
    const run = compiled((x: tf.Tensor) => ({ kept: tf.keep(tf.neg(x)), same: x }));
    const x = row(1);
    const { numTensors } = tf.memory();
    tf.dispose(run(x));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(numbers(x)).toEqual([1]);
  });

  it("is inlined into another, and runs itself under a gradient", () => {
    let calls = 0;
    const square = compiled((x: tf.Tensor) => (calls++, tf.square(x)));
    const outer = compiled((x: tf.Tensor) => tf.add(square(x), 1));
    expect(numbers(outer(row(3)))).toEqual([10]);
    expect(square.graphs).toBe(0);
    expect(numbers(tf.grad((x) => tf.sum(square(x)))(row(3)))).toEqual([6]);
    expect(calls).toBe(3);
  });

  it("needs the backend that runs graphs", async () => {
    const run = compiled((x: tf.Tensor) => tf.neg(x));
    await tf.setBackend("cpu");
    onTestFinished(() => void tf.setBackend("onnxruntime"));
    expect(() => run(row(1))).toThrow(
      "compile: expected the backend `onnxruntime`, since only it runs graphs, got `cpu`",
    );
  });
});

describe("a training step", () => {
  it("is the same as without compile", () => {
    const w = variable(0.5, -1, 2);
    const step = (x: tf.Tensor, rate: tf.Scalar) => {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(tf.sum(tf.mul(w, x)), 1))) as tf.Scalar);
      w.assign(tf.sub(w, tf.mul(grads[w.name]!, rate)));
      return value;
    };
    const losses = (f: typeof step) => {
      w.assign(row(0.5, -1, 2));
      return [0.01, 0.02, 0.03].map((rate, i) => numbers(f(row(i, 1, 2), tf.scalar(rate)))[0]!);
    };
    const eager = losses(step);
    const fast = losses(compiled(step));
    fast.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i]!, 5));
    expect(new Set(eager).size).toBe(3);
  });

  it("is recorded anew when another variable is trained", () => {
    const [a, b] = [variable(1), variable(1)];
    const step = compiled(() => {
      const trained = [a, b].filter(({ trainable }) => trainable);
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.add(tf.square(a), tf.square(b))) as tf.Scalar,
        trained as never,
      );
      for (const v of trained) v.assign(tf.sub(v, tf.mul(grads[v.name]!, 0.5)));
      return value;
    });
    step();
    expect([a, b].map(numbers)).toEqual([[0], [0]]);
    for (const v of [a, b]) v.assign(row(1));
    b.trainable = false;
    step();
    expect([a, b].map(numbers)).toEqual([[0], [1]]);
    expect(step.graphs).toBe(1);
  });

  it("changes nothing if its results are not accepted", () => {
    const v = variable(1);
    const { numTensors } = tf.memory();
    const step = compiled(
      (x: tf.Tensor) => {
        v.assign(tf.add(v, x));
        return tf.sum(v);
      },
      {
        accept(sum) {
          if (!Number.isFinite(sum.dataSync()[0])) throw new RangeError("the step is not finite");
        },
      },
    );
    const [one, bad] = [row(1), row(NaN)];
    step(one).dispose();
    expect(() => step(bad)).toThrow("the step is not finite");
    expect(numbers(v)).toEqual([2]);
    tf.dispose([one, bad]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("numbers of JavaScript", () => {
  it("are made before each run, in order", () => {
    let next = 0;
    const run = compiled((x: tf.Tensor) => {
      const a = hostTensor([1], () => Float32Array.of(++next));
      const b = hostTensor([1], () => Float32Array.of(++next * 10));
      return tf.add(tf.mul(x, a), b);
    });
    expect([1, 1, 1].map((x) => numbers(run(row(x)))[0])).toEqual([21, 43, 65]);
  });

  it("are looked at before a run, for arguments and variables, and after it for what is computed", () => {
    const v = variable(0);
    const seen: unknown[] = [];
    const run = compiled((x: tf.Tensor) => {
      const label = (name: string) => (values: ArrayLike<number>) => void seen.push([name, Array.from(values)]);
      hostCheck(tf.mul(x, 2), label("computed"));
      hostCheck(tf.reshape(x, [1, 1]), label("argument"));
      hostCheck(v, label("variable"));
      v.assign(tf.add(v, 1));
      return tf.neg(x);
    });
    run(row(5));
    expect(seen).toEqual([["argument", [5]], ["variable", [0]], ["computed", [10]]]); // prettier-ignore
    expect(numbers(v)).toEqual([1]);
  });

  it("that are refused change nothing", () => {
    const v = variable(1);
    const { numTensors } = tf.memory();
    const refuse = (name: string, limit: number) => (values: ArrayLike<number>) => {
      if (values[0]! > limit) throw new RangeError(`${name} of ${values[0]}`);
    };
    const run = compiled((x: tf.Tensor) => {
      hostCheck(x, refuse("argument", 5));
      hostCheck(tf.square(x), refuse("square", 8));
      v.assign(tf.add(v, x));
      return tf.neg(x);
    });
    const [two, three, six] = [row(2), row(3), row(6)];
    run(two).dispose();
    expect(() => run(three)).toThrow("square of 9");
    expect(() => run(six)).toThrow("argument of 6");
    expect(numbers(v)).toEqual([3]);
    tf.dispose([two, three, six]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("reach a function that is not compiled", () => {
    expect(numbers(hostTensor([2], () => Float32Array.of(1, 2)))).toEqual([1, 2]);
    expect(() => hostCheck(row(3), ({ 0: x }) => { throw new Error(`got ${x}`); })).toThrow("got 3"); // prettier-ignore
  });
});
