import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { elements } from "./elementwise.js";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { matMul } from "./matrix-product.js";

type LRNAttrs = tf.LRNAttrs;

/** Sums over the channels near each channel: a product with a matrix of ones near its diagonal. */
function nearSums(g: Graph, x: Value, radius: number): Value {
  const channels = x.shape[1]!;
  const near = Array.from({ length: channels ** 2 }, (_, i) => Number(Math.abs(Math.floor(i / channels) - (i % channels)) <= radius)); // prettier-ignore
  return matMul(g, x, g.constant("float32", near, [channels, channels]));
}

const rowsOf = ({ shape }: Value): [number, number] => [sizeOf(shape.slice(0, -1)), shape.at(-1)!];

/** norm = bias + α Σ x² over the near channels, and norm^−β. */
function norms(g: Graph, x: Value, { depthRadius, bias, alpha, beta }: LRNAttrs): { norm: Value; power: Value } {
  const e = elements(g);
  const norm = e("Add", [e("Mul", [nearSums(g, e("Mul", [x, x]), depthRadius), alpha]), bias]);
  return { norm, power: e("Pow", [norm, e.scalar("float32", -beta)]) };
}

const lrn = lowering<LRNAttrs>({
  kernel: tf.LRN,
  inputs: ["x"],
  lower(g, [given], attrs) {
    if (!areFloats(given!)) return undefined;
    const x = g.reshape(given!, rowsOf(given!));
    return g.reshape(elements(g)("Mul", [x, norms(g, x, attrs).power]), given!.shape);
  },
});

/** dx = dy norm^−β − 2αβ x Σ (y dy / norm) over the near channels. */
const gradient = lowering<LRNAttrs>({
  kernel: tf.LRNGrad,
  inputs: ["x", "y", "dy"],
  lower(g, given, attrs) {
    if (!areFloats(...given)) return undefined;
    const [x, y, dy] = given.map((value) => g.reshape(value, rowsOf(value))) as [Value, Value, Value];
    const e = elements(g);
    const { norm, power } = norms(g, x, attrs);
    const sums = nearSums(g, e("Div", [e("Mul", [y, dy]), norm]), attrs.depthRadius);
    const through = e("Mul", [e("Mul", [x, 2 * attrs.alpha * attrs.beta]), sums]);
    return g.reshape(e("Sub", [e("Mul", [dy, power]), through]), given[0]!.shape);
  },
});

export const lrns: readonly Lowering[] = [lrn, gradient];
