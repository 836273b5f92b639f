import type { Affine, BlockedMap, MapShape, Term } from "../../graph/blocked-map.js";
import type { Graph, NodeAttributes } from "../../graph/graph.js";
import type { Value } from "../../graph/types.js";
import { blocksOf } from "./map.js";
import { domain } from "./reorder.js";
import { negative, plus, times, vectorOf } from "./vectors.js";

/*
 * Sums of maps with factors and offsets for each channel, as batch norms and shortcuts are made of. They are kept as
 * formulas, and computed in one pass over each map, with the activation that follows: as depthwise convolutions of one
 * cell, the only operator in blocks that has numbers of each channel.
 */

/** What a map is a sum of: itself, if it has been computed. */
export const formOf = (map: BlockedMap): Affine => map.form?.() ?? { terms: [{ map }] };

export const scaled = (g: Graph, { terms, offset }: Affine, by: Value): Affine => ({
  terms: terms.map(({ map, factor }) => ({ map, factor: times(g, factor, by) })),
  offset: offset && times(g, offset, by),
});

export const added = (g: Graph, a: Affine, b: Affine): Affine => ({
  terms: [...a.terms, ...b.terms],
  offset: plus(g, a.offset, b.offset),
});

export function opposite(g: Graph, { terms, offset }: Affine, channels: number): Affine {
  return {
    terms: terms.map(({ map, factor }) => ({ map, factor: factor ? negative(g, factor) : vectorOf(g, -1, channels) })),
    offset: offset && negative(g, offset),
  };
}

/** A map that is computed when it is needed, and until then is known as a sum. */
export function affineMap(g: Graph, shape: MapShape, form: Affine): BlockedMap {
  let value: Value | undefined;
  return {
    shape,
    type: "float32",
    value: () => (value ??= computed(g, shape, form)),
    form: () => (value ? undefined : form),
  };
}

/** @param activation - attributes of what is applied to the result */
export function computed(g: Graph, shape: MapShape, form: Affine, activation?: NodeAttributes): Value {
  const plain = form.terms.filter(({ factor }) => !factor).map(({ map }) => map.value());
  const isSum = plain.length === form.terms.length && !form.offset && !activation;
  if (isSum) return plain.length === 1 ? plain[0]! : g.node("Sum", plain, { shape: blocksOf(g, shape) });
  const first = form.terms.length > 1 ? form.terms.find(({ factor }) => !factor) : undefined;
  const rest = form.terms.filter((term) => term !== first);
  return rest.reduce<Value | undefined>((sum, term, i) => {
    const isLast = i === rest.length - 1;
    return pass(g, shape, term, sum, isLast ? form.offset : undefined, isLast ? activation : undefined);
  }, first?.map.value())!;
}

/** map · factor + offset + sum, and its activation. */
function pass(
  g: Graph,
  shape: MapShape,
  { map, factor }: Term,
  sum: Value | undefined,
  offset: Value | undefined,
  activation: NodeAttributes = {},
): Value {
  // prettier-ignore
  const blocks = blocksOf(g, shape);
  const filter = g.reshape(factor ?? vectorOf(g, 1, shape[3]), [blocks[1], 1, 1, 1]);
  const attributes = { domain, kernel_shape: [1, 1], group: blocks[1], ...activation };
  return g.node("Conv", [map.value(), filter, offset, sum], { shape: blocks }, attributes);
}
