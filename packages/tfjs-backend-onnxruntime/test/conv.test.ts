import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, type Call } from "./as-defined.js";

const side = fc.integer({ min: 1, max: 7 });
const channels = fc.constantFrom(1, 2, 3, 8, 16, 17, 20);
const few = fc.integer({ min: 1, max: 3 });

/** Attributes of a convolution; strides and dilations are never both above 1. */
const moves = (kernel: readonly [number, number], input: readonly [number, number]) =>
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
    })
    .map(({ strides, dilations, dilated, pad }) => ({
      strides: dilated ? [1, 1] : strides,
      dilations: dilated ? dilations : [1, 1],
      pad: typeof pad === "number" && !square(kernel, strides, dilations) ? "valid" : pad, // tfjs sizes their output wrongly
      dimRoundingMode: typeof pad === "string" ? undefined : "floor",
      dataFormat: "NHWC",
    }))
    .filter(({ pad, dilations }) => {
      const around = [0, 1].map((i) => (typeof pad === "number" ? 2 * pad : pad === "valid" ? 0 : pad === "same" ? 99 : sum((pad as number[][])[i + 1]!))); // prettier-ignore
      return around.every((n, i) => n + input[i]! >= (kernel[i]! - 1) * dilations[i]! + 1);
    });

const square = (...pairs: readonly (readonly [number, number])[]) => pairs.every(([a, b]) => a === b);

const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);

type Moves = ReturnType<typeof moves> extends fc.Arbitrary<infer M> ? M : never;

interface Geometry {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly attrs: Moves;
}

const geometries = (depthwise: boolean): fc.Arbitrary<Geometry> =>
  fc
    .record({ n: few, h: side, w: side, kh: few, kw: few, c: channels, o: channels })
    .chain(({ n, h, w, kh, kw, c, o }) =>
      moves([kh, kw], [h, w]).map((attrs) => ({
        x: [n, h, w, c] as Geometry["x"],
        filter: [kh, kw, c, depthwise ? 1 + (o % 3) : o] as Geometry["filter"],
        attrs,
      })),
    );

const outputOf = ({ x, filter, attrs }: Geometry, depthwise: boolean): number[] =>
  tf.backend_util.computeConv2DInfo(x, filter, attrs.strides as [number, number], attrs.dilations as [number, number], attrs.pad as "same", attrs.dimRoundingMode as "floor", depthwise).outShape; // prettier-ignore

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

const backward = (depthwise: boolean, by: "input" | "filter"): fc.Arbitrary<Call> =>
  geometries(depthwise).chain((geometry): fc.Arbitrary<Call> => {
    const dy = numbers(outputOf(geometry, depthwise));
    return by === "input"
        ? fc.record({ inputs: fc.record({ dy, filter: numbers(geometry.filter) }), attrs: fc.constant({ ...geometry.attrs, inputShape: geometry.x }) }) // prettier-ignore
        : fc.record({ inputs: fc.record({ x: numbers(geometry.x), dy }), attrs: fc.constant({ ...geometry.attrs, filterShape: geometry.filter }) }); // prettier-ignore
  });

describe("convolutions are cpu's", () => {
  it(tf.Conv2D, () => forAll(tf.Conv2D, forward(false), { numRuns: 150 }));
  it(tf.FusedConv2D, () => forAll(tf.FusedConv2D, fused(false), { numRuns: 80 }));
  it(tf.Conv2DBackpropInput, () => forAll(tf.Conv2DBackpropInput, backward(false, "input"), { numRuns: 150 }));
  it(tf.Conv2DBackpropFilter, () => forAll(tf.Conv2DBackpropFilter, backward(false, "filter"), { numRuns: 100 }));
  it(tf.DepthwiseConv2dNative, () => forAll(tf.DepthwiseConv2dNative, forward(true), { numRuns: 150 }));
  it(tf.FusedDepthwiseConv2D, () => forAll(tf.FusedDepthwiseConv2D, fused(true), { numRuns: 80 }));
  it(tf.DepthwiseConv2dNativeBackpropInput, () => forAll(tf.DepthwiseConv2dNativeBackpropInput, backward(true, "input"), { numRuns: 150 })); // prettier-ignore
  it(tf.DepthwiseConv2dNativeBackpropFilter, () => forAll(tf.DepthwiseConv2dNativeBackpropFilter, backward(true, "filter"), { numRuns: 100 })); // prettier-ignore
});
