import * as tf from "@tensorflow/tfjs-core";
import { areFloats, lowering, type Lowering } from "./lowering.js";

/** Sides of the letters in an equation, in the order of `decodeEinsumEquation`. */
function sidesOf(
  shapes: readonly (readonly number[])[],
  idDims: readonly (readonly number[])[],
  count: number,
): number[] {
  // prettier-ignore
  const sides = new Array<number>(count);
  idDims.forEach((dims, i) => dims.forEach((dim, axis) => (sides[dim] = shapes[i]![axis]!)));
  return sides;
}

export function decodeEinsum(equation: string, shapes: readonly (readonly number[])[]) {
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, shapes.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, shapes.map((shape) => ({ shape })) as never);
  const sides = sidesOf(shapes, idDims, allDims.length);
  return { sides, shape: sides.slice(0, sides.length - summedDims.length) }; // letters of the result come first
}

const einsum = lowering<tf.EinsumAttrs>({
  kernel: tf.Einsum,
  inputs: "all",
  lower(g, inputs, { equation }) {
    const { shape } = decodeEinsum(equation, inputs.map((x) => x.shape)); // prettier-ignore
    if (!areFloats(...inputs)) return undefined; // integers end at the largest one there, tfjs's wrap around
    return g.node("Einsum", inputs, { shape }, { equation: equation.replace(/\s/g, "") });
  },
});

export const einsums: readonly Lowering[] = [einsum];
