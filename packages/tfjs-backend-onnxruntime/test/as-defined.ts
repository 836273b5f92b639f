import * as tf from "@tensorflow/tfjs-core";
import { fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
import { lowerings } from "../src/lowerings/index.js";
import fc from "fast-check";
import { expect } from "vitest";
import type { Attrs, Inputs } from "./loops/elementwise.js";
import { loops } from "./loops/loops.js";
import type { Numbers } from "./loops/numbers.js";

/**
 * What a kernel is called with: inputs by name, or by number, in an array, for kernels that take a list. A missing
 * optional input is left out.
 */
export interface Call {
  readonly inputs: Readonly<Record<string, Numbers>> | readonly Numbers[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** What is asked of a kernel's results. */
export interface Demands {
  /**
   * How far a float may be from its definition: |a − b| ≤ tolerance · (1 + |b|); default 10⁻⁴. Whole numbers and bools
   * are exact.
   */
  readonly tolerance?: number;
  /**
   * Whether a kernel that is lowered has to run natively; by default it has. No: its lowering leaves these calls to
   * JavaScript.
   */
  readonly lowered?: boolean;
}

/** The ways in which a kernel may run. */
const routes = [
  { name: "on cpu", backend: "cpu", native: false },
  { name: "on onnxruntime", backend: "onnxruntime", native: false },
  { name: "on onnxruntime, natively", backend: "onnxruntime", native: true },
  { name: "on wasm", backend: "wasm", native: false },
] as const;

/**
 * Runs the kernel on cpu, on onnxruntime as it comes (tiny tensors in JavaScript), there natively whatever the size,
 * and on wasm, and expects the shapes, types and numbers of its definition. NaN equals NaN, infinity itself.
 */
export async function expectAsDefined(
  kernel: string,
  call: Call,
  { tolerance = 1e-4, lowered = true }: Demands = {},
): Promise<void> {
  const stored = Object.entries(call.inputs).map(([name, x]) => [name, asStored(x)] as const);
  const expected = [loops[kernel]!(Object.fromEntries(stored) as Inputs, (call.attrs ?? {}) as Attrs)].flat();
  const isLowered = lowered && lowerings.some((lowering) => lowering.kernel === kernel);
  const kindOf = ({ shape, dtype }: Numbers) => ({ shape, dtype });
  for (const { name, backend, native } of routes) {
    if (!tf.getKernel(kernel, backend)) continue;
    resetFallbacks();
    const actual = await resultsOn(backend, kernel, call, native);
    const empty = [...Object.values(call.inputs), ...expected].some(({ values }) => values.length === 0);
    if (native && isLowered && !empty) expect(fallbacks(), `${kernel} ran in JavaScript`).toEqual({});
    expect(actual.map(kindOf), `${kernel} ${name}`).toEqual(expected.map(kindOf));
    actual.forEach(({ dtype, values }, i) => {
      const allowed = dtype === "float32" ? tolerance : 0;
      const wrong = values.findIndex((value, j) => !close(value, expected[i]!.values[j]!, allowed));
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
  Object.is(a, b) || a === b || (Number.isFinite(b) && Math.abs(a - b) <= tolerance * (1 + Math.abs(b)));

/** The property, on random calls; fast-check shrinks a failing one. */
export const forAll = (
  kernel: string,
  calls: fc.Arbitrary<Call>,
  { numRuns = 60, ...demands }: Demands & { readonly numRuns?: number | undefined } = {},
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(calls, (call) => expectAsDefined(kernel, call, demands)),
    { numRuns },
  );
