import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { asMap, laidOut, mapFrom, mapOf } from "./maps/map.js";
import { domain } from "./maps/reorder.js";

/*
 * ONNX's own layout: maps as [batch, channels, height, width], filters as [out, in, height, width].
 */

/** From [batch, height, width, channels], or from blocks, if it is known so. */
export function channelsFirst(g: Graph, x: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const map = mapOf(g, x);
  if (map?.type === "float32" && x.shape.length === 4)
    return g.node(
      "ReorderOutput",
      [asMap(g, x, [n, h, w, c]).value()],
      { shape: [n, c, h, w] },
      { domain, channels: c },
    );
  return g.node("Transpose", [x], { shape: [n, c, h, w] }, { perm: [0, 3, 1, 2] });
}

/** Back to [batch, height, width, channels] by way of blocks, where maps stay in them. */
export function mapOfChannelsFirst(g: Graph, x: Value): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (!g.maps || c % g.target.block > 0) return channelsLast(g, x);
  return laidOut(g, mapFrom([n, h, w, c], x.type, () => g.node("ReorderInput", [x], { shape: x.shape }, { domain }))); // prettier-ignore
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
