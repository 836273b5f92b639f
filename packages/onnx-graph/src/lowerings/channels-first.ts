import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";

/*
 * ONNX's own layout: maps as [batch, channels, height, width], filters as [out, in, height, width].
 */

/** From [batch, height, width, channels]. */
export function channelsFirst(g: Graph, x: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  return g.node("Transpose", [x], { shape: [n, c, h, w] }, { perm: [0, 3, 1, 2] });
}

/** Back to [batch, height, width, channels]. */
export function channelsLast(g: Graph, x: Value): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return g.node("Transpose", [x], { shape: [n, h, w, c] }, { perm: [0, 2, 3, 1] });
}

/** From [height, width, in, out]. */
export function filterChannelsFirst(g: Graph, filter: Value): Value {
  const [kh, kw, c, o] = filter.shape as [number, number, number, number];
  return g.node("Transpose", [filter], { shape: [o, c, kh, kw] }, { perm: [3, 2, 0, 1] });
}
