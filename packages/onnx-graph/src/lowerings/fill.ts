import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, typeOf, type Type, type Value } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";

function filled(g: Graph, shape: readonly number[], type: Type, value: number): Value {
  const size = g.target.portable ? shape : [sizeOf(shape)];
  const y = g.node("Expand", [g.constant(type, [value], []), g.constant("int64", size)], { shape: size });
  return g.reshape(y, shape);
}

const like = (kernel: string, value: number): Lowering =>
  lowering({
    kernel,
    inputs: ["x"],
    lower: (g, [x]) => filled(g, x!.shape, x!.type, value),
  });

/** The number that a kernel fills with: a bool is 0 or 1, whatever was given. */
export const fillValue = (value: number | string, dtype?: tf.DataType): number =>
  dtype === "bool" ? Number(Boolean(value)) : Number(value);

interface Attributes {
  readonly shape: readonly number[];
  readonly value: number | string;
  readonly dtype?: tf.DataType;
}

export const fills: readonly Lowering[] = [
  like(tf.ZerosLike, 0),
  like(tf.OnesLike, 1),
  lowering<Attributes>({
    kernel: tf.Fill,
    inputs: [],
    lower(g, _, { shape, value, dtype = tf.util.inferDtype(value) }) {
      const type = typeOf(dtype);
      return type && filled(g, shape, type, fillValue(value, dtype));
    },
  }),
];
