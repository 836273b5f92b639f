import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Type, type Value } from "../graph/types.js";
import { elements } from "./elementwise.js";
import { lowering, type Lowering } from "./lowering.js";
import { mapOf } from "./maps/map.js";
import { cellSums, channelSums } from "./maps/sums.js";
import { sumAlong } from "./sums.js";

interface Attributes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** Reduces the axes of a merged shape. */
type Reduce = (op: string, x: Value) => Value;

/**
 * Neighbouring axes that are reduced, or kept, together are one: `[8, 16, 16, 64]` over 1 and 2 is `[8, 256, 64]` over
 * 1.
 */
export function mergedAxes(shape: readonly number[], axes: readonly number[]): { sides: number[]; reduced: number[] } {
  const sides: number[] = [];
  const reduced: number[] = [];
  let before: boolean | undefined;
  shape.forEach((side, i) => {
    if (side === 1) return;
    const now = axes.includes(i);
    if (now === before) sides.push(sides.pop()! * side);
    else if (sides.push(side) && now) reduced.push(sides.length - 1);
    before = now;
  });
  if (reduced.length === 0) reduced.push(sides.push(1) - 1);
  return { sides, reduced };
}

/** @param types - what inputs of a type are made before; those without one are left to cpu */
const reduction = (
  kernel: string,
  types: Partial<Record<Type, Type>>,
  of: (g: Graph, reduce: Reduce, x: Value) => Value,
): Lowering =>
  lowering<Attributes>({
    kernel,
    inputs: ["x"],
    lower(g, [x], { axis, reductionIndices, keepDims }) {
      const type = types[x!.type];
      if (!type) return undefined;
      const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x!.shape as number[]);
      const [out] = tf.backend_util.computeOutAndReduceShapes(x!.shape as number[], axes);
      if (g.target.portable) {
        const keeps = keepDims ? tf.backend_util.expandShapeToKeepDim(out, axes) : out;
        return of(g, (op, y) => reduceAxes(g, op, y, axes, keeps), elements(g).cast(x!, type));
      }
      const { sides, reduced } = mergedAxes(x!.shape, axes);
      const reduce: Reduce = (op, y) => reduced.reduceRight((z, i) => reduceAxis(g, op, z, i), y);
      const y = overCells(g, kernel, x!, axes) ?? of(g, reduce, elements(g).cast(g.reshape(x!, sides), type));
      return g.reshape(y, keepDims ? tf.backend_util.expandShapeToKeepDim(out, axes) : out);
    },
  });

/** Sums and means of maps in blocks over all axes but the channels, or but the batch and the channels. */
function overCells(g: Graph, kernel: string, x: Value, axes: readonly number[]): Value | undefined {
  const map = mapOf(g, x);
  const last = x.shape.length - 1;
  const isAll = axes.length === last && !axes.includes(last);
  const isEach = axes.length === last - 1 && !axes.includes(last) && !axes.includes(0) && x.shape[0] === map?.shape[0];
  if (map?.type !== "float32" || ![tf.Sum, tf.Mean].includes(kernel) || !(isAll || isEach)) return undefined;
  const sums = isAll ? channelSums(g, map) : cellSums(g, map);
  if (kernel === tf.Sum) return sums;
  return g.node("Div", [sums, g.constant("float32", [sizeOf(x.shape) / sizeOf(sums.shape)], [])], sums);
}

/** One axis at a time, the last first: quicker than ONNX Runtime's way with several. */
function reduceAxis(g: Graph, op: string, x: Value, axis: number): Value {
  if (op === "ReduceSum" && x.type === "float32") return sumAlong(g, x, axis);
  const shape = x.shape.filter((_, i) => i !== axis);
  return g.node(op, [x, g.constant("int64", [axis])], { shape }, { keepdims: 0 });
}

/** All axes at once, as they are, so that nothing depends on the length of another. */
function reduceAxes(g: Graph, op: string, x: Value, axes: readonly number[], shape: readonly number[]): Value {
  const keepdims = Number(shape.length === x.shape.length && axes.length > 0);
  if (axes.length === 0) return g.node("Identity", [x], { shape });
  if (op === "ReduceSum") return g.node(op, [x, g.constant("int64", axes)], { shape }, { keepdims });
  const e = elements(g); // operator set 17 has their axes as an attribute, and none of bools
  const numbers = x.type === "bool" ? e.cast(x, "int32") : x;
  return e.cast(g.node(op, [numbers], { shape }, { axes, keepdims }), x.type);
}

/** The sum over how many numbers it is of: a factor 1 / n in the sum would be rounded once for each of them. */
function mean(g: Graph, reduce: Reduce, x: Value): Value {
  if (g.target.portable) return reduce("ReduceMean", x);
  const sum = reduce("ReduceSum", x);
  return g.node("Div", [sum, g.constant("float32", [sizeOf(x.shape) / sizeOf(sum.shape)], [])], sum);
}

/**
 * ONNX Runtime's Max and Min pass NaN over, tfjs's do not. A sum finds it, the quickest reduction that does; not of the
 * numbers themselves, since ∞ − ∞ is NaN, too.
 */
const extreme =
  (op: string) =>
  (g: Graph, reduce: Reduce, x: Value): Value => {
    const y = reduce(op, x);
    if (x.type !== "float32") return y;
    const sum = reduce("ReduceSum", elements(g)("Clip", [x, -1, 1]));
    const nan = g.node("IsNaN", [sum], { type: "bool", shape: y.shape });
    return g.node("Where", [nan, g.constant("float32", [NaN], []), y], y);
  };

/** ONNX Runtime's sums of int32 end at the largest one; those of int64 wrap around, and so does the cast. */
const wrapping =
  (op: string) =>
  (g: Graph, reduce: Reduce, x: Value): Value => {
    const y = reduce(op, x);
    return x.type === "int64" ? elements(g).cast(y, "int32") : y;
  };

const numbers = { float32: "float32", int32: "int64", bool: "int64" } as const;

export const reductions: readonly Lowering[] = [
  reduction(tf.Sum, numbers, wrapping("ReduceSum")),
  reduction(tf.Mean, { float32: "float32", int32: "float32", bool: "float32" }, mean),
  reduction(tf.Prod, { float32: "float32", bool: "int64" }, wrapping("ReduceProd")), // int64 loses digits there
  reduction(tf.Max, { float32: "float32", int32: "int32", bool: "bool" }, extreme("ReduceMax")),
  reduction(tf.Min, { float32: "float32", int32: "int32", bool: "bool" }, extreme("ReduceMin")),
  reduction(tf.All, { bool: "bool" }, (_, reduce, x) => reduce("ReduceMin", x)),
  reduction(tf.Any, { bool: "bool" }, (_, reduce, x) => reduce("ReduceMax", x)),
  lowering<{ dim: number }>({
    kernel: tf.Softmax,
    inputs: ["logits"],
    lower(g, [x], { dim }) {
      const last = x!.shape.length - 1;
      if (x!.type !== "float32" || (dim !== -1 && dim !== last)) return undefined;
      if (g.target.portable) return g.node("Softmax", [x], x!, { axis: -1 });
      const side = x!.shape[last]!;
      const rows = g.reshape(x!, [sizeOf(x!.shape) / side, side]);
      return g.reshape(g.node("Softmax", [rows], { shape: rows.shape }, { axis: -1 }), x!.shape);
    },
  }),
];
