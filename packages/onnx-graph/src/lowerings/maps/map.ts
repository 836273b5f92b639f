import type { BlockedMap, MapShape } from "../../graph/blocked-map.js";
import type { Graph } from "../../graph/graph.js";
import { sizeOf, typeNumber, type Type, type Value } from "../../graph/types.js";
import { reorderInput, reorderOutput, wholeBlocks } from "./reorder.js";

/** What is known of `x` in blocks, if its last axis is the channels; undefined where each kernel stands alone. */
export function mapOf(g: Graph, x: Value): BlockedMap | undefined {
  const map = g.maps?.get(x);
  return map?.shape[3] === x.shape.at(-1) ? map : undefined;
}

/** The blocks of floats that may not be known yet, `x` seen as a map of `shape`. */
export function asMap(g: Graph, x: Value, shape: MapShape): BlockedMap {
  const known = g.maps?.get(x);
  if (known && same(known.shape, shape)) return known;
  const source = known?.shape[0] === shape[0] && known.shape[3] === shape[3] ? known : undefined;
  const made = mapFrom(shape, x.type, () =>
    source ? g.reshape(source.value(), blocksOf(g, shape)) : reorderInput(g, g.reshape(x, shape)),
  );
  if (!known) g.maps?.set(x, made);
  return made;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((side, i) => side === b[i]);

/** The shape of a map's blocked value. */
export const blocksOf = (g: Graph, [n, h, w, c]: MapShape): MapShape => [n, wholeBlocks(g, c), h, w];

/** A map whose blocked value `emit` emits when it is needed. */
export function mapFrom(shape: MapShape, type: Type, emit: () => Value): BlockedMap {
  let value: Value | undefined;
  return { shape, type, value: () => (value ??= emit()) };
}

/** The map in tfjs's order under a shape that has its elements. It is rearranged if a node reads it so. */
export function laidOut(g: Graph, map: BlockedMap, shape: readonly number[] = map.shape): Value {
  const { type } = map;
  const y = g.later({ type, shape }, () => {
    const channels = map.shape[3];
    if (type === "float32") return reorderOutput(g, map.value(), channels);
    const floats = castTo(g, map.value(), "float32");
    return castTo(g, reorderOutput(g, floats, channels), type);
  });
  g.maps?.set(y, map);
  return y;
}

const castTo = (g: Graph, x: Value, type: Type): Value =>
  g.node("Cast", [x], { type, shape: x.shape }, { to: typeNumber[type] });

/** The blocked value as one row. */
export const rowOf = (g: Graph, map: BlockedMap): Value => {
  const value = map.value();
  return g.reshape(value, [sizeOf(value.shape)]);
};
