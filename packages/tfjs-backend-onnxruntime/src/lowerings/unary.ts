import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";

/** Element by element, so any shape is a row. */
const floats = (kernel: string, op: string): Lowering =>
  lowering({
    kernel,
    inputs: ["x"],
    lower(g, [x]) {
      if (x!.type !== "float32") return undefined;
      const shape = [sizeOf(x!.shape)];
      return g.reshape(g.node(op, [g.reshape(x!, shape)], { shape }), x!.shape);
    },
  });

export const unary: readonly Lowering[] = [floats(tf.Exp, "Exp")];
