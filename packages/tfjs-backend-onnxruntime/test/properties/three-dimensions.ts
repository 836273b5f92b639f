import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { windowOf } from "../loops/window.js";
import { numbers, wildFloats } from "./draw.js";
import { each, type Properties } from "./property.js";

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

/** Pooling takes padding of a number of cells, too, and rounds sizes. */
const pools = fc
  .tuple(geometries, fc.constantFrom(0, 1), fc.constantFrom("floor", "ceil", "round"), fc.boolean())
  .map(([geometry, pad, dimRoundingMode, spelled]) => {
    if (!spelled) return { ...geometry, before: [0, 0, 0], places: [1, 1, 1] };
    const { x, kernel } = geometry;
    const attrs = { ...geometry.attrs, pad, dimRoundingMode };
    const fits = kernel.every((n, i) => n <= x[i + 1]! + 2 * pad); // else tfjs has no result
    const { output, before } = windowOf(x.slice(1, 4), kernel, attrs.strides, attrs);
    const y = (outs: number) => [x[0]!, ...output, outs];
    return { ...geometry, attrs, y, before, places: fits ? output : [0] };
  })
  .filter(({ x, kernel, attrs: { strides }, before, places }) =>
    places.every((n, i) => n > 0 && before[i]! < kernel[i]! && (n - 1) * strides[i]! - before[i]! < x[i + 1]!),
  );

const pooled: fc.Arbitrary<Call> = pools.chain(
  ({ x, kernel, attrs }) =>
  fc.record({ inputs: fc.record({ x: numbers(x, "float32", wildFloats) }), attrs: fc.constant({ ...attrs, filterSize: kernel }) }), // prettier-ignore
);

/** Of equal cells any one may get the error. */
const distinct = (x: Numbers): Numbers => ({ ...x, values: x.values.map((value, i) => value + i / 1024) });

const poolGradient: fc.Arbitrary<Call> = pools.chain(({ x, y, kernel, channels, attrs }) =>
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

export const threeDimensions: Properties = {
  ...each([tf.MaxPool3D, tf.AvgPool3D], () => [{ calls: pooled }]),
  ...each([tf.MaxPool3DGrad, tf.AvgPool3DGrad], () => [{ calls: poolGradient }]),
  [tf.Conv3D]: [{ calls: convolved("none") }],
  [tf.Conv3DBackpropInputV2]: [{ calls: convolved("x") }],
  [tf.Conv3DBackpropFilterV2]: [{ calls: convolved("filter") }],
};
