import type { MapShape } from "../graph/blocked-map.js";
import type { Graph, NodeAttributes } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { asMap, laidOut, mapFrom } from "./maps/map.js";
import { domain, padEnd, reorderInput, reorderOutput, wholeBlocks } from "./maps/reorder.js";

/*
 * ONNX Runtime's fastest convolutions read maps whose channels lie in blocks of as many as a vector register holds
 * (NCHWc: [batch, channels / block, height, width, block]). Its optimizer uses them for networks with constant filters;
 * filters in training are not constant, so the nodes are emitted here. Blocked values tell their shape as
 * [batch, channels, height, width], channels filled up with zeros to full blocks.
 */
/** From [batch, height, width, channels]. */
export const toBlocks = (g: Graph, x: Value): Value => asMap(g, x, x.shape as MapShape).value();

/** Back to [batch, height, width, channels]; where maps stay in blocks, only if a node reads it so. */
export function fromBlocks(g: Graph, x: Value, channels: number): Value {
  if (!g.maps) return reorderOutput(g, x, channels);
  const [n, , h, w] = x.shape as MapShape;
  return laidOut(
    g,
    mapFrom([n, h, w, channels], x.type, () => x),
  );
}

/** A node that reads and writes blocked values. */
export const blocked = (
  g: Graph,
  op: "Conv" | "MaxPool" | "AveragePool",
  inputs: readonly (Value | undefined)[],
  shape: readonly number[],
  attributes: NodeAttributes,
): Value => g.node(op, inputs, { shape }, { ...attributes, domain });

/** A filter [height, width, in, out] → [out / block, in / block, height, width, in of a block, out of a block]. */
export function filterInBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c, o] = filter.shape as [number, number, number, number];
  const [ins, outs] = [wholeBlocks(g, c), wholeBlocks(g, o)];
  if (g.maps) return arranged(g, reorderInput(g, g.reshape(filter, [1, kh * kw * c, 1, o])), filter.shape as MapShape);
  const full = padEnd(g, filter, [kh, kw, ins, outs]);
  const { block: b } = g.target;
  const [i, j] = [ins / b, outs / b];
  const cut = g.reshape(full, [kh, kw, i, b, j, b]);
  const blocks = g.node("Transpose", [cut], { shape: [j, i, kh, kw, b, b] }, { perm: [4, 2, 0, 1, 3, 5] });
  return g.reshape(blocks, [outs, ins, kh, kw]);
}

/** From [out / block, height, width, in, out of a block]: the copies are of whole blocks, so they are quick. */
function arranged(g: Graph, x: Value, [kh, kw, c, o]: MapShape): Value {
  const { block: b } = g.target;
  const [ins, outs] = [wholeBlocks(g, c), wholeBlocks(g, o)];
  const rows = padEnd(g, g.reshape(x, [(outs / b) * kh * kw, c * b]), [(outs / b) * kh * kw, ins * b]);
  const cut = g.reshape(rows, [outs / b, kh * kw, ins / b, b * b]);
  const shape = [outs / b, ins / b, kh * kw, b * b];
  return g.reshape(g.node("Transpose", [cut], { shape }, { perm: [0, 2, 1, 3] }), [outs, ins, kh, kw]);
}

/**
 * A filter for the input's gradient, whose inputs are its outputs, its cells in opposite order:
 * [in / block, out / block, height, width, out of a block, in of a block]. It is made of the filter as its convolution
 * reads it: whole blocks are moved, and each is transposed.
 */
export function turnedInBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c, o] = filter.shape as MapShape;
  const { block: b } = g.target;
  const [outs, ins, cells] = [wholeBlocks(g, o) / b, wholeBlocks(g, c) / b, kh * kw];
  const count = ins * outs * cells;
  const order = Array.from({ length: count }, (_, at) => {
    const [i, o, cell] = [Math.floor(at / cells / outs), Math.floor(at / cells) % outs, at % cells];
    return (o * ins + i) * cells + (cells - 1 - cell);
  });
  const blocks = g.reshape(filterInBlocks(g, filter), [count, b * b]);
  const moved = g.node("Gather", [blocks, g.constant("int32", order)], { shape: [count, b * b] }, { axis: 0 });
  const turned = g.node("ReorderInput", [g.reshape(moved, [count, b, b, 1])], { shape: [count, b, b, 1] }, { domain });
  return g.reshape(turned, [ins * b, outs * b, kh, kw]);
}

/** A filter [height, width, in, out] → [out / block, in, height, width, out of a block], for maps without blocks. */
export function filterIntoBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c, o] = filter.shape as MapShape;
  const outs = wholeBlocks(g, o);
  const { block: b } = g.target;
  const cut = g.reshape(padEnd(g, filter, [kh, kw, c, outs]), [kh * kw, c, outs / b, b]);
  const blocks = g.node("Transpose", [cut], { shape: [outs / b, c, kh * kw, b] }, { perm: [2, 1, 0, 3] });
  return g.reshape(blocks, [outs, c, kh, kw]);
}

/** A depthwise filter [height, width, channels] → [channels / block, height, width, channel of a block]. */
export function depthwiseFilterInBlocks(g: Graph, filter: Value): Value {
  const [kh, kw, c] = filter.shape as [number, number, number];
  const { block } = g.target;
  const channels = wholeBlocks(g, c);
  const rows = [channels / block, kh * kw, block] as const;
  const cut = g.reshape(padEnd(g, filter, [kh, kw, channels]), [rows[1], rows[0], block]);
  const blocks = g.node("Transpose", [cut], { shape: rows }, { perm: [1, 0, 2] });
  return g.reshape(blocks, [channels, 1, kh, kw]);
}
