import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { windowOf } from "../loops/window.js";
import { numbers, wildFloats } from "./draw.js";
import { each, type Properties } from "./property.js";

const side = fc.integer({ min: 1, max: 6 });
const few = fc.integer({ min: 1, max: 3 });

/** A map, a filter over it and the result's shape. */
const geometries = fc
  .record({
    batch: few,
    sides: fc.tuple(side, side),
    channels: few,
    kernel: fc.tuple(few, few),
    strides: fc.tuple(few, few),
    dilations: fc.tuple(few, few),
    pad: fc.constantFrom("same", "valid"),
  })
  .map(({ batch, sides, channels, kernel, ...attrs }) => {
    const { output } = windowOf(sides, kernel, attrs.strides, attrs);
    return { x: [batch, ...sides, channels], filter: [...kernel, channels], y: [batch, ...output, channels], attrs };
  })
  .filter(({ y }) => y.every((n) => n > 0));

const forward = (dtype: Numbers["dtype"], value?: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  geometries.chain(({ x, filter, attrs }) =>
    fc.record({ x: numbers(x, dtype, value), filter: numbers(filter, dtype) }).map((inputs) => ({ inputs, attrs })),
  );

/** Few different numbers: ties are the rule. */
const tied = fc.constantFrom(-2, -1, -0.5, -0.5);

const backward = (value: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  geometries.chain(({ x, filter, y, attrs }) =>
    fc
      .record({ x: numbers(x, "float32", value), filter: numbers(filter, "float32", tied), dy: numbers(y) })
      .map((inputs) => ({ inputs, attrs })),
  );

export const dilation: Properties = {
  [tf.Dilation2D]: [
    { of: "float32", calls: forward("float32") },
    { of: "float32 with NaN and infinities", calls: forward("float32", wildFloats) },
    { of: "int32", calls: forward("int32", fc.integer({ min: -200, max: -20 })), numRuns: 20 },
  ],
  ...each([tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter], () => [
    { of: "ties", calls: backward(tied) },
    { of: "NaN and infinities", calls: backward(fc.constantFrom(NaN, -Infinity, Infinity, 1, -3)), numRuns: 30 },
  ]),
};
