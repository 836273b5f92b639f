import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { elu, sigmoid } from "./curves.js";
import { elements } from "./elementwise.js";
import { onMaps } from "./maps/elementwise.js";

/** What fused kernels may apply to their result. */
export interface FusedAttrs {
  readonly activation?: tf.backend_util.Activation;
  readonly leakyreluAlpha?: number;
}

/** The activation of a fused kernel; `slopes` are prelu's, of a shape that broadcasts. */
export function activate(g: Graph, x: Value, { activation, leakyreluAlpha = 0.2 }: FusedAttrs, slopes?: Value): Value {
  const out = { shape: x.shape };
  const kernel = activation && { relu: tf.Relu, relu6: tf.Relu6 }[activation as string];
  const map = kernel && onMaps(g, kernel, [x], x.shape, () => undefined);
  if (map) return map;
  switch (activation) {
    case "relu":
      return g.node("Relu", [x], out);
    case "relu6":
      return g.node("Clip", [x, g.constant("float32", [0], []), g.constant("float32", [6], [])], out);
    case "elu":
      return elu(elements(g), x);
    case "sigmoid":
      return sigmoid(elements(g), x);
    case "leakyrelu":
      return g.node("LeakyRelu", [x], out, { alpha: { float: leakyreluAlpha } });
    case "prelu":
      return g.node("PRelu", [x, slopes], out);
    default:
      return x;
  }
}
