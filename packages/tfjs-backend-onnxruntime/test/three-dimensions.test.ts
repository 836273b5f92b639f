import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, wildFloats, type Call, type Numbers } from "./as-defined.js";
import { windowOf } from "./loops/window.js";

const side = fc.integer({ min: 1, max: 4 });
const few = fc.integer({ min: 1, max: 3 });
type Sides = readonly [number, number, number];
const sides: fc.Arbitrary<Sides> = fc.tuple(side, side, side);

/** A map, a window over it, and the places of the window. */
const geometries = fc
  .record({
    batch: few,
    input: sides,
    channels: few,
    kernel: fc.tuple(few, few, few),
    strides: fc.tuple(few, few, few),
    pad: fc.constantFrom("same", "valid"),
  })
  .filter(({ input, kernel, pad }) => pad === "same" || kernel.every((n, i) => n <= input[i]!))
  .map(({ batch, input, channels, kernel, strides, pad }) => ({
    x: [batch, ...input, channels],
    kernel,
    channels,
    y: (outs: number) => [batch, ...windowOf(input, kernel, strides, { pad }).output, outs],
    attrs: { strides, pad, dataFormat: "NDHWC", dilations: [1, 1, 1] },
  }));

const pooled: fc.Arbitrary<Call> = geometries.chain(
  ({ x, kernel, attrs }) =>
  fc.record({ inputs: fc.record({ x: numbers(x, "float32", wildFloats) }), attrs: fc.constant({ ...attrs, filterSize: kernel }) }), // prettier-ignore
);

/** Of equal cells any one may get the error. */
const distinct = (x: Numbers): Numbers => ({ ...x, values: x.values.map((value, i) => value + i / 1024) });

const poolGradient: fc.Arbitrary<Call> = geometries.chain(({ x, y, kernel, channels, attrs }) =>
  fc.record({
    inputs: fc.record({ dy: numbers(y(channels)), input: numbers(x).map(distinct) }),
    attrs: fc.constant({ ...attrs, filterSize: kernel }),
  }),
);

const convolved = (by: "x" | "filter" | "none"): fc.Arbitrary<Call> =>
  fc.tuple(geometries, few).chain(([{ x, y, kernel, channels, attrs }, outs]): fc.Arbitrary<Call> => {
    const filterShape = [...kernel, channels, outs];
    const [map, filter, dy] = [numbers(x), numbers(filterShape), numbers(y(outs))];
    const given: Record<string, typeof map> = { none: { x: map, filter }, x: { dy, filter }, filter: { x: map, dy } }[
      by
    ];
    return fc.record({ inputs: fc.record(given), attrs: fc.constant({ ...attrs, inputShape: x, filterShape }) });
  });

describe("in three dimensions, kernels are as defined:", () => {
  it.each([tf.MaxPool3D, tf.AvgPool3D])("%s", (kernel) => forAll(kernel, pooled));
  it.each([tf.MaxPool3DGrad, tf.AvgPool3DGrad])("%s", (kernel) => forAll(kernel, poolGradient));
  it(tf.Conv3D, () => forAll(tf.Conv3D, convolved("none")));
  it(tf.Conv3DBackpropInputV2, () => forAll(tf.Conv3DBackpropInputV2, convolved("x")));
  it(tf.Conv3DBackpropFilterV2, () => forAll(tf.Conv3DBackpropFilterV2, convolved("filter")));
});
