import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import { windowOf } from "../loops/window.js";
import { numbers } from "./draw.js";
import type { Properties } from "./property.js";

const side = fc.integer({ min: 1, max: 7 });
const channels = fc.constantFrom(1, 2, 3, 8, 16, 17, 20);
const few = fc.integer({ min: 1, max: 3 });
const batches = fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: fc.constant(0) });

type Pair = readonly [number, number];

/** Attributes of a convolution; strides and dilations are never both above 1. */
const moves = (kernel: Pair, input: Pair) =>
  fc
    .record({
      strides: fc.tuple(few, few),
      dilations: fc.tuple(few, few),
      dilated: fc.boolean(),
      pad: fc.oneof(
        fc.constantFrom("same", "valid"),
        fc.integer({ min: 0, max: 2 }),
        fc.tuple(few, few, few, few).map(([a, b, c, d]) => [[0, 0], [a - 1, b - 1], [c - 1, d - 1], [0, 0]]), // prettier-ignore
      ),
      rounding: fc.constantFrom("floor", "floor", "ceil", "round"),
    })
    .map(({ strides, dilations, dilated, pad, rounding }) => ({
      strides: dilated ? [1, 1] : strides,
      dilations: dilated ? dilations : [1, 1],
      // tfjs sizes their output wrongly
      pad: typeof pad === "number" && !square(kernel, strides, dilations) ? "valid" : pad,
      rounding,
      dataFormat: "NHWC",
    }))
    .map(({ rounding, ...rest }) => ({ ...rest, dimRoundingMode: typeof rest.pad === "string" ? undefined : rounding }))
    .filter(({ pad, dilations }) => {
      const around = [0, 1].map((i) => (typeof pad === "number" ? 2 * pad : pad === "valid" ? 0 : pad === "same" ? 99 : sum((pad as number[][])[i + 1]!))); // prettier-ignore
      return around.every((n, i) => n + input[i]! >= (kernel[i]! - 1) * dilations[i]! + 1);
    });

const square = (...pairs: readonly Pair[]) => pairs.every(([a, b]) => a === b);

const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);

type Moves = ReturnType<typeof moves> extends fc.Arbitrary<infer M> ? M : never;

interface Geometry {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly attrs: Moves;
}

const geometries = (depthwise: boolean): fc.Arbitrary<Geometry> =>
  fc
    .record({ n: batches, h: side, w: side, kh: few, kw: few, c: channels, o: channels })
    .chain(({ n, h, w, kh, kw, c, o }) =>
      moves([kh, kw], [h, w]).map((attrs) => ({
        x: [n, h, w, c] as Geometry["x"],
        filter: [kh, kw, c, depthwise ? 1 + (o % 3) : o] as Geometry["filter"],
        attrs,
      })),
    );

function outputOf({ x: [n, h, w, c], filter, attrs }: Geometry, depthwise: boolean): number[] {
  const { output } = windowOf([h, w], filter.slice(0, 2), attrs.strides, attrs);
  return [n, ...output, depthwise ? c * filter[3] : filter[3]];
}

const forward = (depthwise: boolean): fc.Arbitrary<Call> =>
  geometries(depthwise).chain(({ x, filter, attrs }) =>
    fc.record({ inputs: fc.record({ x: numbers(x), filter: numbers(filter) }), attrs: fc.constant(attrs) }),
  );

const fused = (depthwise: boolean): fc.Arbitrary<Call> =>
  geometries(depthwise).chain((geometry) => {
    const out = outputOf(geometry, depthwise).at(-1)!;
    return fc.constantFrom("linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu").chain((activation) =>
      fc.record({
        inputs: fc.record({
          x: numbers(geometry.x),
          filter: numbers(geometry.filter),
          bias: numbers([out]),
          ...(activation === "prelu" ? { preluActivationWeights: numbers([1, 1, out]) } : {}),
        }),
        attrs: fc.constant({ ...geometry.attrs, activation, leakyreluAlpha: 0.3 }),
      }),
    );
  });

const byInput = (depthwise: boolean): fc.Arbitrary<Call> =>
  geometries(depthwise).chain((geometry) => {
    const inputs = fc.record({ dy: numbers(outputOf(geometry, depthwise)), filter: numbers(geometry.filter) });
    return inputs.map((inputs) => ({ inputs, attrs: { ...geometry.attrs, inputShape: geometry.x } }));
  });

const byFilter = (depthwise: boolean): fc.Arbitrary<Call> =>
  geometries(depthwise).chain((geometry) => {
    const inputs = fc.record({ x: numbers(geometry.x), dy: numbers(outputOf(geometry, depthwise)) });
    return inputs.map((inputs) => ({ inputs, attrs: { ...geometry.attrs, filterShape: geometry.filter } }));
  });

export const conv: Properties = {
  [tf.Conv2D]: [{ calls: forward(false), numRuns: 150 }],
  [tf.FusedConv2D]: [{ calls: fused(false), numRuns: 80 }],
  [tf.Conv2DBackpropInput]: [{ calls: byInput(false), numRuns: 150 }],
  [tf.Conv2DBackpropFilter]: [{ calls: byFilter(false), numRuns: 100 }],
  [tf.DepthwiseConv2dNative]: [{ calls: forward(true), numRuns: 150 }],
  [tf.FusedDepthwiseConv2D]: [{ calls: fused(true), numRuns: 80 }],
  [tf.DepthwiseConv2dNativeBackpropInput]: [{ calls: byInput(true), numRuns: 150 }],
  [tf.DepthwiseConv2dNativeBackpropFilter]: [{ calls: byFilter(true), numRuns: 100 }],
};
