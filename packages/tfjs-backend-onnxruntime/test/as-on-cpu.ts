import * as tf from "@tensorflow/tfjs-core";
import { fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
import fc from "fast-check";
import { expect } from "vitest";

/** A tensor as numbers, so that each backend can have one of its own. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly values: readonly number[];
}

/** What a kernel is called with: inputs by name, or by number, in an array, for kernels that take a list. A missing optional input is left out. */
export interface Call {
  readonly inputs: Readonly<Record<string, Numbers>> | readonly Numbers[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** How far a result may be from cpu's: |a − b| ≤ tolerance · (1 + |b|). NaN equals NaN, infinity itself. */
export interface Closeness {
  readonly tolerance?: number;
}

/** Runs the kernel on cpu, natively whatever the size, and as it comes, and expects the same shapes, types and numbers. */
export async function expectAsOnCpu(kernel: string, call: Call, { tolerance = 1e-4 }: Closeness = {}): Promise<void> {
  const expected = await resultsOn("cpu", kernel, call);
  resetFallbacks();
  const native = await resultsOn("onnxruntime", kernel, call, true);
  const empty = Object.values(call.inputs).some(({ values }) => values.length === 0) || expected.some((y) => y.values.length === 0); // prettier-ignore
  if (!empty) expect(fallbacks(), `${kernel} ran in JavaScript`).toEqual({});
  for (const actual of [native, await resultsOn("onnxruntime", kernel, call)]) {
    expect(actual.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(expected.map(({ shape, dtype }) => ({ shape, dtype }))); // prettier-ignore
    actual.forEach(({ values }, i) => {
      const wrong = values.findIndex((value, j) => !close(value, expected[i]!.values[j]!, tolerance));
      if (wrong >= 0)
        expect.fail(`${kernel}: output ${i}[${wrong}] is ${values[wrong]}, on cpu ${expected[i]!.values[wrong]}; ${JSON.stringify(call)}`); // prettier-ignore
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
    fc.asyncProperty(calls, (call) => expectAsOnCpu(kernel, call, closeness)),
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
export const broadcastShapes: fc.Arbitrary<readonly [number[], number[]]> = rowsAndShapes.chain((shape) => {
  const sides = () => fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length });
  return fc.tuple(sides(), sides(), fc.boolean()).map(([a, b, short]) => {
    const of = (ones: readonly boolean[]) => shape.map((side, i) => (ones[i] ? 1 : side));
    const second = of(b);
    while (short && second[0] === 1) second.shift();
    return [of(a), second] as const;
  });
});
