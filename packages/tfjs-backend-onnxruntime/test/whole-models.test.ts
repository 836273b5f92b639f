import { lowerings, type Attrs, type Lowering, type OnnxModel, type Target, type Value } from "@fovea/onnx-graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockSize } from "../src/runtime/block-size.js";
import type { Call } from "./as-defined.js";
import type { Attrs as LoopAttrs, Inputs } from "./loops/elementwise.js";
import { loops } from "./loops/loops.js";
import type { Numbers } from "./loops/numbers.js";
import { properties } from "./properties/properties.js";
import { modelOfKernel, runModel, type Tensor } from "./whole-model.js";

const portable: Target = { block: 1, portable: true, parallel: true };
const machine: Target = { block: blockSize(), portable: false, parallel: true };

/** Operators that came, or whose attributes became inputs, after operator set 17. */
const later = new Set(["BitwiseAnd", "BitwiseOr", "Gelu", "GroupNormalization", "Mish", "ReduceMax", "ReduceMin", "ReduceProd"]); // prettier-ignore

const inputsOf = ({ inputs: names }: Lowering, { inputs }: Call): (Numbers | undefined)[] =>
  names === "all" ? Object.values(inputs) : names.map((name) => (inputs as Record<string, Numbers>)[name]);

const stored = ({ dtype, shape, values }: Numbers): Tensor => ({
  type: dtype,
  shape,
  data: { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].from(values),
});

const isEmpty = ({ values }: Numbers): boolean => values.length === 0;

function defined(kernel: string, { inputs, attrs = {} }: Call): readonly Numbers[] {
  const rounded = Object.entries(inputs).map(([name, x]: [string, Numbers]) => [name, { ...x, values: [...stored(x).data] as number[] }]); // prettier-ignore
  return [loops[kernel]!(Object.fromEntries(rounded) as Inputs, attrs as LoopAttrs)].flat();
}

/** Expects no operator, and no form of one, that came after operator set 17. */
function expectPortable({ nodes }: OnnxModel): void {
  for (const { op, domain, inputs } of nodes) {
    expect(domain, op).toBe("");
    if (later.has(op)) expect(inputs.length, `${op} has its axes as an attribute`).toBe(1);
  }
}

/** Runs the call as a model of its own, and expects what the kernel's definition says. */
function expectAsDefined(lowering: Lowering, call: Call, target: Target, tolerance: number): void {
  const given = inputsOf(lowering, call);
  const expected = defined(lowering.kernel, call);
  if ([...given, ...expected].some((x) => x && isEmpty(x))) return; // no kernel of the backend runs on these
  const values = given.map((x) => x && { type: x.dtype as Value["type"], shape: x.shape });
  const [model, other] = [target, machine].map((one) => modelOfKernel(lowering, values, (call.attrs ?? {}) as Attrs, one)); // prettier-ignore
  expect(model === undefined).toBe(other === undefined);
  if (!model) return;
  if (target.portable) expectPortable(model);
  const [actual] = runModel(model, given.filter((x) => x !== undefined).map(stored), { threads: 2 }); // prettier-ignore
  actual!.forEach(({ type, shape, data }, i) => {
    const { dtype, shape: right, values: numbers } = expected[i]!;
    const what = `${lowering.kernel}, output ${i}; ${JSON.stringify(call)}`;
    expect({ type, shape }, what).toEqual({ type: dtype, shape: right });
    const wrong = numbers.findIndex((b, j) => !isClose(Number(data[j]), b, type === "float32" ? tolerance : 0));
    if (wrong >= 0) expect.fail(`[${wrong}] is ${data[wrong]}, not ${numbers[wrong]}: ${what}`);
  });
}

const isClose = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || (Number.isFinite(b) && Math.abs(a - b) <= tolerance * (1 + Math.abs(b)));

describe.each([
  ["portable", portable],
  ["for this machine", machine],
])("as a model of its own, %s, each kernel is as defined:", (_, target) => {
  it.each(lowerings.map((lowering) => [lowering.kernel, lowering] as const))("%s", (kernel, lowering) => {
    for (const { calls, tolerance = 1e-4 } of properties[kernel]!)
      fc.assert(fc.property(calls, (call) => expectAsDefined(lowering, call, target, tolerance)), { numRuns: 10 }); // prettier-ignore
  });
});
