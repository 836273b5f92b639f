import * as tf from "@tensorflow/tfjs-core";
import { fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
import { lowerings } from "../src/lowerings/index.js";
import fc from "fast-check";
import { expect } from "vitest";
import type { Attrs, Inputs } from "./loops/elementwise.js";
import { loops } from "./loops/loops.js";
import type { Numbers } from "./loops/numbers.js";

export type { Numbers } from "./loops/numbers.js";

/** What a kernel is called with: inputs by name, or by number, in an array, for kernels that take a list. A missing optional input is left out. */
export interface Call {
  readonly inputs: Readonly<Record<string, Numbers>> | readonly Numbers[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** How far a result may be from its definition: |a − b| ≤ tolerance · (1 + |b|). NaN equals NaN, infinity itself. */
export interface Closeness {
  readonly tolerance?: number;
}

/** The ways in which a kernel may run. */
const routes = [
  { name: "on cpu", backend: "cpu", native: false },
  { name: "on onnxruntime", backend: "onnxruntime", native: false },
  { name: "on onnxruntime, natively", backend: "onnxruntime", native: true },
  { name: "on wasm", backend: "wasm", native: false },
] as const;

/**
 * Runs the kernel on cpu, on onnxruntime as it comes (tiny tensors in JavaScript), and there natively whatever the size, and
 * expects the shapes, types and numbers of its definition.
 */
export async function expectAsDefined(kernel: string, call: Call, { tolerance = 1e-4 }: Closeness = {}): Promise<void> {
  const stored = Object.entries(call.inputs).map(([name, x]) => [name, asStored(x)] as const);
  const expected = [loops[kernel]!(Object.fromEntries(stored) as Inputs, (call.attrs ?? {}) as Attrs)].flat();
  const isLowered = lowerings.some((lowering) => lowering.kernel === kernel);
  const kindOf = ({ shape, dtype }: Numbers) => ({ shape, dtype });
  for (const { name, backend, native } of routes) {
    if (!tf.getKernel(kernel, backend)) continue;
    resetFallbacks();
    const actual = await resultsOn(backend, kernel, call, native);
    const empty = [...Object.values(call.inputs), ...expected].some(({ values }) => values.length === 0);
    if (native && isLowered && !empty) expect(fallbacks(), `${kernel} ran in JavaScript`).toEqual({});
    expect(actual.map(kindOf), `${kernel} ${name}`).toEqual(expected.map(kindOf));
    actual.forEach(({ values }, i) => {
      const wrong = values.findIndex((value, j) => !close(value, expected[i]!.values[j]!, tolerance));
      if (wrong >= 0)
        expect.fail(`${kernel} ${name}: output ${i}[${wrong}] is ${values[wrong]}, not ${expected[i]!.values[wrong]}; ${JSON.stringify(call)}`); // prettier-ignore
    });
  }
}

async function resultsOn(
  backend: string,
  kernel: string,
  { inputs, attrs = {} }: Call,
  native = false,
): Promise<Numbers[]> {
  await tf.setBackend(backend);
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", native);
  try {
    return tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, x]) => [name, tensorOf(x)] as const);
      const list = Array.isArray(inputs) ? tensors.map(([, x]) => x) : Object.fromEntries(tensors);
      const named = list as unknown as tf.NamedTensorMap;
      const y = tf.engine().runKernel(kernel, named, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
      return [y].flat().map((t) => ({ shape: t.shape, dtype: t.dtype as "float32", values: [...t.dataSync()] }));
    });
  } finally {
    tf.env().set("ONNXRUNTIME_ALL_NATIVE", false);
  }
}

/** Numbers as their type holds them. */
const asStored = ({ shape, dtype, values }: Numbers): Numbers => ({
  shape,
  dtype,
  values: dtype === "float32" ? values.map(Math.fround) : values,
});

const tensorOf = ({ shape, dtype, values }: Numbers): tf.Tensor => tf.tensor([...values], [...shape], dtype);

const close = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * (1 + Math.abs(b));

/** The property, on random calls; fast-check shrinks a failing one. */
export const forAll = (
  kernel: string,
  calls: fc.Arbitrary<Call>,
  { numRuns = 60, ...closeness }: Closeness & { readonly numRuns?: number } = {},
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(calls, (call) => expectAsDefined(kernel, call, closeness)),
    { numRuns },
  );

/** Shapes of a rank, sides small and different. */
export const shapes = (minRank: number, maxRank: number, maxSide = 5): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: maxSide }), { minLength: minRank, maxLength: maxRank });

/** Ordinary floats: exact in few bits, so that sums do not depend on their order. */
export const floats: fc.Arbitrary<number> = fc.integer({ min: -64, max: 64 }).map((n) => n / 16);

/** Floats with NaN, infinities and zeros of both signs among them. */
export const wildFloats: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: floats },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e30, -1e-30) },
);

export const ints: fc.Arbitrary<number> = fc.integer({ min: -20, max: 20 });
export const bools: fc.Arbitrary<number> = fc.constantFrom(0, 1);

const ordinary = { float32: floats, int32: ints, bool: bools } as const;

/** Numbers of a shape. */
export const numbers = (
  shape: readonly number[],
  dtype: Numbers["dtype"] = "float32",
  value: fc.Arbitrary<number> = ordinary[dtype],
): fc.Arbitrary<Numbers> => {
  const length = shape.reduce((product, side) => product * side, 1);
  return fc.array(value, { minLength: length, maxLength: length }).map((values) => ({ shape, dtype, values }));
};

/** Shapes of few elements, and rows that are longer than what a processor computes at once. */
export const rowsAndShapes: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 3, arbitrary: shapes(0, 4, 4) },
  { weight: 1, arbitrary: fc.constantFrom<number[]>([67], [0], [3, 37]) },
);

/** Two shapes that broadcast: some sides of a common shape are 1 in the one or the other, and leading ones may be left out. */
export const broadcastShapes = (
  common: fc.Arbitrary<number[]> = rowsAndShapes,
): fc.Arbitrary<readonly [number[], number[]]> =>
  common.chain((shape) => {
    const sides = () => fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length });
    return fc.tuple(sides(), sides(), fc.boolean()).map(([a, b, short]) => {
      const of = (ones: readonly boolean[]) => shape.map((side, i) => (ones[i] ? 1 : side));
      const second = of(b);
      while (short && second[0] === 1) second.shift();
      return [of(a), second] as const;
    });
  });
