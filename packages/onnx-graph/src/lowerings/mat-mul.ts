import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { activate, type FusedAttrs } from "./activations.js";
import { transposedProduct } from "./long-product.js";
import { lowering, type Lowering } from "./lowering.js";
import { matMul, type Transposes } from "./matrix-product.js";

/**
 * The product in as few axes as it can have: no batch of one, and rows of all the batch together where `b` has no
 * batch.
 */
function product(g: Graph, a: Value, b: Value, flags: Transposes): Value {
  if (g.target.portable) return matMul(g, a, b, flags);
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const lone = sizeOf(b.shape.slice(0, -2)) === 1 ? g.reshape(b, b.shape.slice(-2)) : undefined;
  if (lone && (!flags.transposeA || sizeOf(batch) === 1)) {
    const [m, n] = flags.transposeA
      ? [inner, lone.shape[flags.transposeB ? 0 : 1]!]
      : [rows, lone.shape[flags.transposeB ? 0 : 1]!];
    const stacked = g.reshape(a, flags.transposeA ? [rows, inner] : [sizeOf(batch) * rows, inner]);
    const isColumn = stacked.shape[0] === 1 && !flags.transposeA; // a row is the transpose of a column
    const isTransposed = a.type === "float32" && !flags.transposeB && (flags.transposeA || isColumn);
    const y = isTransposed
      ? transposedProduct(g, isColumn ? g.reshape(stacked, [inner, 1]) : stacked, lone)
      : matMul(g, stacked, lone, flags);
    return g.reshape(y, [...batch, m, n]);
  }
  const count = (x: Value) => sizeOf(x.shape.slice(0, -2));
  const isFull = [a, b].every((x) => count(x) === 1 || count(x) === sizeOf(batch)); // else some of the axes broadcast
  const [x, y] = [a, b].map((z) => (isFull ? g.reshape(z, [count(z), ...z.shape.slice(-2)]) : z)) as [Value, Value];
  const z = matMul(g, x, y, flags);
  return g.reshape(z, [...batch, ...z.shape.slice(-2)]);
}

export const matMuls: readonly Lowering[] = [
  lowering<tf.BatchMatMulAttrs>({
    kernel: tf.BatchMatMul,
    inputs: ["a", "b"],
    lower: (g, [a, b], attrs) => (a!.type === b!.type && a!.type !== "bool" ? product(g, a!, b!, attrs) : undefined),
  }),
  lowering<tf._FusedMatMulAttrs & FusedAttrs>({
    kernel: tf._FusedMatMul,
    inputs: ["a", "b", "bias", "preluActivationWeights"],
    lower(g, [a, b, bias, slopes], attrs) {
      if (a!.type !== "float32" || b!.type !== "float32") return undefined;
      const y = product(g, a!, b!, attrs);
      const biased = bias ? g.node("Add", [y, bias], { shape: y.shape }) : y;
      return activate(g, biased, attrs, slopes);
    },
  }),
];
