import type { GraphBuilder } from "../graph/builder.js";
import type { Graph, Node } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { domain } from "../lowerings/maps/reorder.js";

/**
 * Folds factors and offsets of channels, such as a batch norm's with kept statistics, into the filter of the
 * convolution before them, where all of these are `fixed`: then they cost nothing when the graph runs. What else the
 * second pass does, a sum or an activation, the convolution does, too.
 *
 * @param nodes - those of `graph` that are needed, in the order in which they run
 * @param outputs - values that must stay
 * @returns the nodes that compute the same
 */
export function foldFactors(
  graph: GraphBuilder,
  nodes: readonly Node[],
  fixed: ReadonlySet<Value>,
  outputs: readonly Value[],
): Node[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const uses = new Map<Value | undefined, number>();
  for (const x of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) uses.set(x, (uses.get(x) ?? 0) + 1);
  const folded = new Map<Node, Node>(); // from the pass to the convolution before it
  for (const node of nodes) {
    const conv = makers.get(node.inputs[0]!);
    if (!conv || !isPass(node) || uses.get(node.inputs[0]) !== 1 || !canTake(conv, folded)) continue;
    if ([...weightsOf(node), ...weightsOf(conv)].every((x) => fixed.has(x))) folded.set(node, conv);
  }
  const gone = new Set(folded.values());
  return nodes.filter((node) => !gone.has(node)).flatMap((node) => {
    const conv = folded.get(node);
    return conv ? joined(graph, conv, node) : node;
  }); // prettier-ignore
}

const weightsOf = ({ inputs: [, filter, bias] }: Node): Value[] => (bias ? [filter!, bias] : [filter!]);

const isBlockedConv = (node: Node): boolean => node.op === "Conv" && node.domain === domain;

/** A depthwise convolution of one cell. */
const isPass = (node: Node): boolean =>
  isBlockedConv(node) && String(node.attributes["kernel_shape"]) === "1,1" && node.attributes["group"] === node.outputs[0]!.shape[1] && node.attributes["strides"] === undefined; // prettier-ignore

/** Whether nothing comes between a convolution's sums and the factors. */
const canTake = (conv: Node, folded: ReadonlyMap<Node, Node>): boolean =>
  isBlockedConv(conv) && !folded.has(conv) && !conv.inputs[3] && conv.attributes["activation"] === undefined;

function joined(graph: GraphBuilder, conv: Node, pass: Node): Node[] {
  const before = graph.emitted.length;
  const [x, filter, bias] = conv.inputs;
  const [, factor, offset, sum] = pass.inputs;
  const row = graph.reshape(factor!, [sizeOf(factor!.shape)]);
  const shifted = bias && graph.node("Mul", [bias, row], { shape: bias.shape });
  const summand = shifted && offset ? graph.node("Add", [shifted, offset], { shape: offset.shape }) : (shifted ?? offset); // prettier-ignore
  const attributes = { ...conv.attributes, ...pass.attributes, ...onlyOf(conv) };
  graph.node("Conv", [x, scaled(graph, filter!, row), summand, sum], pass.outputs[0]!, { ...attributes, domain });
  const made = graph.emitted.slice(before);
  return [...made.slice(0, -1), { ...made.at(-1)!, outputs: pass.outputs }];
}

/** What the first of two convolutions says of its windows: the second has only its activation to add. */
const onlyOf = ({ attributes: { kernel_shape, group } }: Node) => ({ kernel_shape, group });

/** Filters in blocks are [out / block, …, out of a block]. */
function scaled(g: Graph, filter: Value, row: Value): Value {
  const { block } = g.target;
  const blocks = row.shape[0]! / block;
  const rest = sizeOf(filter.shape) / row.shape[0]!;
  const times = rest % block === 0 ? block : 1; // products with rows as short as a block are slow
  const repeated = g.node("Expand", [g.reshape(row, [blocks, 1, block]), g.constant("int64", [blocks, times, block])], { shape: [blocks, times, block] }); // prettier-ignore
  const shape = [blocks, rest / times, times * block];
  const inputs = [g.reshape(filter, shape), g.reshape(repeated, [blocks, 1, times * block])];
  return g.reshape(g.node("Mul", inputs, { shape }), filter.shape);
}
