import { lowerings } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { compile, fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
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
async function expectAsDefined(kernel: string, calls: readonly Call[], demands: Demands = {}): Promise<void> {
  const expected = calls.map((call) => defined(kernel, call));
  for (const { name, backend, native } of routes) {
    if (!tf.getKernel(kernel, backend)) continue;
    await tf.setBackend(backend); // for all calls at once: it takes as long as a small kernel
    calls.forEach((call, i) => {
      const actual = requireNative(kernel, call, native, expected[i]!, demands);
      expectSame(kernel, name, call, actual, expected[i]!, demands);
    });
  }
}

function defined(kernel: string, { inputs, attrs = {} }: Call): readonly Numbers[] {
  const stored = Object.entries(inputs).map(([name, x]) => [name, asStored(x)] as const);
  return [loops[kernel]!(Object.fromEntries(stored) as Inputs, attrs as Attrs)].flat();
}

const isLowered = (kernel: string, { lowered = true }: Demands): boolean =>
  lowered && lowerings.some((lowering) => lowering.kernel === kernel);

const isEmpty = (call: Call, expected: readonly Numbers[]): boolean =>
  [...Object.values(call.inputs), ...expected].some(({ values }) => values.length === 0);

/** What the kernel gives; natively, if it must be able to. */
function requireNative(
  kernel: string,
  call: Call,
  native: boolean,
  expected: readonly Numbers[],
  demands: Demands,
): Numbers[] {
  resetFallbacks();
  const actual = resultsOf(kernel, call, native);
  if (native && isLowered(kernel, demands) && !isEmpty(call, expected))
    expect(fallbacks(), `${kernel} ran in JavaScript`).toEqual({});
  return actual;
}

function expectSame(
  kernel: string,
  route: string,
  call: Call,
  actual: readonly Numbers[],
  expected: readonly Numbers[],
  { tolerance = 1e-4 }: Demands,
): void {
  if (kindsOf(actual) !== kindsOf(expected))
    expect.fail(`${kernel} ${route}: ${kindsOf(actual)}, not ${kindsOf(expected)}; ${JSON.stringify(call)}`);
  actual.forEach(({ dtype, values }, i) => {
    const allowed = dtype === "float32" ? tolerance : 0;
    const wrong = values.findIndex((value, j) => !close(value, expected[i]!.values[j]!, allowed));
    if (wrong >= 0)
      expect.fail(`${kernel} ${route}: output ${i}[${wrong}] is ${values[wrong]}, not ${expected[i]!.values[wrong]}; ${JSON.stringify(call)}`); // prettier-ignore
  });
}

/** Types and shapes, to be compared: an `expect` for each of 70,000 calls takes longer than the kernels. */
const kindsOf = (all: readonly Numbers[]): string => all.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(" ");

/** What the kernel gives on the backend in use. */
function resultsOf(kernel: string, { inputs, attrs = {} }: Call, native: boolean): Numbers[] {
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", native);
  try {
    let results: Numbers[] = [];
    tf.tidy(() => {
      // not returned: it would look for tensors in every number
      // not returned: it would look for tensors in every number
      results = outputsOf(kernel, tensorsOf(inputs), attrs).map(numbersOf);
    });
    return results;
  } finally {
    tf.env().set("ONNXRUNTIME_ALL_NATIVE", false);
  }
}

const tensorsOf = (inputs: Call["inputs"]): tf.NamedTensorMap => {
  const tensors = Object.entries(inputs).map(([name, x]) => [name, tensorOf(x)] as const);
  return (Array.isArray(inputs) ? tensors.map(([, x]) => x) : Object.fromEntries(tensors)) as tf.NamedTensorMap;
};

const outputsOf = (kernel: string, inputs: tf.NamedTensorMap, attrs: Call["attrs"] = {}): tf.Tensor[] =>
  [tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[]].flat();

const numbersOf = (t: tf.Tensor): Numbers => ({
  shape: t.shape,
  dtype: t.dtype as "float32",
  values: [...t.dataSync()],
});

/** Numbers as their type holds them. */
const asStored = ({ shape, dtype, values }: Numbers): Numbers => ({
  shape,
  dtype,
  values: dtype === "float32" ? values.map(Math.fround) : values,
});

const tensorOf = ({ shape, dtype, values }: Numbers): tf.Tensor => tf.tensor([...values], [...shape], dtype);

const close = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || (Number.isFinite(b) && Math.abs(a - b) <= tolerance * (1 + Math.abs(b)));

/** Calls between two changes of the backend. */
const together = 15;

/** The property, on random calls; fast-check shrinks those among which one fails, and the message has that one. */
export const forAll = (
  kernel: string,
  calls: fc.Arbitrary<Call>,
  { numRuns = 60, ...demands }: Demands & { readonly numRuns?: number | undefined } = {},
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.array(calls, { minLength: together, maxLength: together }), (some) =>
      expectAsDefined(kernel, some, demands),
    ),
    { numRuns: Math.ceil(numRuns / together) },
  );

/**
 * Some random calls, all in one compiled function, which must give what the definition gives. Left out are those that a
 * graph does not hold: of no numbers, or which the lowering leaves to JavaScript.
 *
 * @returns how many calls are left
 */
export function expectCompiled(kernel: string, calls: fc.Arbitrary<Call>, demands: Demands = {}): number {
  if (!isLowered(kernel, demands)) return 0;
  const drawn = fc.sample(calls, { numRuns: together, seed: 1 });
  const some = drawn.map((call) => ({ call, expected: defined(kernel, call) }));
  const filled = some.filter(({ call, expected }) => !isEmpty(call, expected));
  const run = compile((all: tf.NamedTensorMap[]) =>
    all.map((inputs, i) => outputsOf(kernel, inputs, filled[i]!.call.attrs)),
  );
  try {
    tf.tidy(() => {
      const outputs = run(filled.map(({ call }) => tensorsOf(call.inputs)));
      outputs.forEach((tensors, i) => {
        const { call, expected } = filled[i]!;
        expectSame(kernel, "compiled", call, tensors.map(numbersOf), expected, demands);
      });
    });
    return filled.length;
  } finally {
    run.dispose();
  }
}
