import * as tf from "@tensorflow/tfjs-core";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { added, affineMap, formOf, scaled } from "./maps/affine.js";
import { laidOut, mapOf } from "./maps/map.js";
import { vectorFrom } from "./maps/vectors.js";

/** y = (x − mean) / √(variance + ε) · scale + offset, as one product and one sum over `x`. */
export const batchNorm: readonly Lowering[] = [
  lowering<tf.FusedBatchNormAttrs>({
    kernel: tf.FusedBatchNorm,
    inputs: ["x", "mean", "variance", "offset", "scale"],
    lower(g, [x, mean, variance, offset, scale], { varianceEpsilon }) {
      const statistics = [mean, variance, offset, scale].filter((value) => value !== undefined);
      if (!areFloats(x!, ...statistics)) return undefined;
      const out = mean!;
      const same = statistics.every(({ shape }) => shape.join() === out.shape.join());
      if (!same) return undefined;
      const shifted = g.node("Add", [variance, g.constant("float32", [varianceEpsilon], [])], out);
      const inverse = g.node("Reciprocal", [g.node("Sqrt", [shifted], out)], out);
      const factor = scale ? g.node("Mul", [inverse, scale], out) : inverse;
      const product = g.node("Mul", [mean, factor], out);
      const summand = offset ? g.node("Sub", [offset, product], out) : g.node("Neg", [product], out);
      const map = mapOf(g, x!);
      if (map && out.shape.join() === String(map.shape[3])) {
        const [by, plus] = [factor, summand].map((value) => vectorFrom(g, value, map.shape[3]));
        const form = scaled(g, formOf(map), by!);
        return laidOut(g, affineMap(g, map.shape, added(g, form, { terms: [], offset: plus })), x!.shape);
      }
      return g.node("Add", [g.node("Mul", [x, factor], x!), summand], x!);
    },
  }),
];
