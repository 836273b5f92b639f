import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, typeOf } from "../graph/types.js";
import { elements } from "./elementwise.js";
import { lowering, type Lowering } from "./lowering.js";
import { onMaps } from "./maps/elementwise.js";

export const casts: readonly Lowering[] = [
  lowering<{ dtype: tf.DataType }>({
    kernel: tf.Cast,
    inputs: ["x"],
    lower(g, [x], { dtype }) {
      const type = typeOf(dtype);
      if (!type || type === x!.type) return type && x;
      const e = elements(g);
      const map = onMaps(g, tf.Cast, [x!], x!.shape, ([row]) => (x!.type === "float32" && type === "int32" ? e.toInt32(row!) : e.cast(row!, type))); // prettier-ignore
      if (map) return map;
      const row = g.target.portable ? x! : g.reshape(x!, [sizeOf(x!.shape)]);
      return g.reshape(x!.type === "float32" && type === "int32" ? e.toInt32(row) : e.cast(row, type), x!.shape);
    },
  }),
];
