import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const n = 1200; // large enough for the pool of arrays

/** What a program has at hand. */
interface State {
  readonly live: tf.Tensor[];
  readonly variables: tf.Variable[];
  /** Arrays that the program was shown or came with, and what they said then. */
  readonly seen: { readonly array: Float32Array; readonly then: Float32Array }[];
}

type Step = (state: State, x: tf.Tensor, y: tf.Tensor, seed: number) => tf.Tensor | undefined | void;

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (value: number, i) => value === b[i]);

const see = ({ seen }: State, array: Float32Array): Float32Array => {
  seen.push({ array, then: array.slice() });
  return array;
};

/** Steps that share, keep, show, free and write memory. Each gives a row of `n` numbers, or nothing. */
const steps: Readonly<Record<string, Step>> = {
  create: (state, _x, _y, seed) =>
    tf.tensor1d(
      see(
        state,
        Float32Array.from({ length: n }, (_, i) => (i * seed) % 50),
      ),
    ),
  add: (_, x, y) => tf.clipByValue(tf.add(x, y), -1000, 1000),
  negate: (_, x) => tf.neg(x),
  relu: (_, x) => tf.relu(x),
  clone: (_, x) => tf.clone(x),
  reshape: (_, x) => tf.reshape(tf.transpose(tf.reshape(x, [n / 20, 20])), [n]),
  rotate: (_, x, _y, seed) => tf.concat([tf.slice(x, 1 + (seed % 100)), tf.slice(x, 0, 1 + (seed % 100))]),
  part: (_, x) => tf.concat([tf.slice(x, 0, n / 2), tf.slice(x, 0, n / 2)]),
  wholeSlice: (_, x) => tf.slice(x, 0, n),
  cast: (_, x) => tf.cast(tf.cast(x, "int32"), "float32"),
  complex: (_, x, y) => tf.real(tf.complex(x, y)),
  imaginary: (_, x, y) => tf.imag(tf.complex(x, y)),
  keep: (state, x) => tf.tidy(() => void state.live.push(tf.keep(tf.neg(x)))),
  show: (state, x) => void see(state, x.dataSync<"float32">()),
  variable: (state, x) => void state.variables.push(tf.variable(x)),
  assign: ({ variables }, x, _y, seed) => variables[seed % (variables.length || 1)]?.assign(x),
  read: ({ variables }, _x, _y, seed) => variables[seed % (variables.length || 1)]?.clone(),
  forget: ({ live }, x) => {
    if (live.length > 1) live.splice(live.indexOf(x), 1)[0]!.dispose();
  },
  gradient: (_, x) => tf.grad((t) => tf.sum(tf.mul(tf.relu(t), 2)))(x),
};

interface Instruction {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly elsewhere: boolean;
}

/**
 * Runs a program and returns all that it can still read, having checked that nothing it was shown has changed since.
 */
async function outcome(backend: string, program: readonly Instruction[]): Promise<tf.TypedArray[]> {
  await tf.setBackend(backend);
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", true);
  const before = tf.memory();
  const state: State = { live: [], variables: [], seen: [] };
  state.live.push(steps["create"]!(state, undefined!, undefined!, 3) as tf.Tensor);
  for (const { name, x, y, elsewhere } of program) {
    const { live } = state;
    await tf.setBackend(elsewhere ? "cpu" : backend); // tensors move to where they are used
    const made = tf.tidy(() => steps[name]!(state, live[x % live.length]!, live[y % live.length]!, y) as tf.Tensor);
    if (made) live.push(made);
  }
  await tf.setBackend(backend);
  const numbers = [...state.live, ...state.variables].map((t) => t.dataSync());
  expect(
    state.seen.findIndex(({ array, then }) => !same(array, then)),
    "shown and overwritten",
  ).toBe(-1);
  tf.dispose([state.live, state.variables]);
  const { numTensors, numBytes } = tf.memory();
  expect({ numTensors, numBytes }).toEqual({ numTensors: before.numTensors, numBytes: before.numBytes });
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", false);
  return numbers;
}

const programs = fc.array(
  fc.record({
    name: fc.constantFrom(...Object.keys(steps)),
    x: fc.nat(1000),
    y: fc.nat(1000),
    elsewhere: fc.integer({ min: 0, max: 9 }).map((k) => k === 0),
  }),
  { minLength: 5, maxLength: 60, size: "max" },
);

describe("a program of any steps", () => {
  it("reads what it reads on cpu, and nothing it was shown is overwritten", () =>
    fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const expected = await outcome("cpu", program);
        const actual = await outcome("onnxruntime", program);
        expect(actual.length).toBe(expected.length);
        expect(
          actual.findIndex((numbers, i) => !same(numbers, expected[i]!)),
          "other than on cpu",
        ).toBe(-1);
      }),
      { numRuns: 60 },
    ));
});
