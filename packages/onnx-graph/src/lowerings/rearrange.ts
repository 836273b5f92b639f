import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";
import { cut } from "./slices.js";
import { grow } from "./pads.js";

/** Axes that stay neighbours are one, and axes of one element are none. */
function mergeAxes(shape: readonly number[], perm: readonly number[]): { sides: number[]; perm: number[] } {
  const groups: number[][] = []; // of the result's axes
  for (const axis of perm.filter((axis) => shape[axis] !== 1)) {
    const last = groups.at(-1)?.at(-1);
    const follows = last !== undefined && last < axis && shape.slice(last + 1, axis).every((side) => side === 1);
    if (follows) groups.at(-1)!.push(axis);
    else groups.push([axis]);
  }
  const ordered = groups.toSorted(([a], [b]) => a! - b!);
  return {
    sides: ordered.map((axes) => sizeOf(axes.map((axis) => shape[axis]!))),
    perm: groups.map((axes) => ordered.indexOf(axes)),
  };
}

export function permute(g: Graph, x: Value, given: readonly number[]): Value {
  const shape = given.map((axis) => x.shape[axis]!);
  if (g.target.portable) return given.every((axis, i) => axis === i) ? x : g.node("Transpose", [x], { shape }, { perm: given }); // prettier-ignore
  const { sides, perm } = mergeAxes(x.shape, given);
  if (perm.length < 2) return g.reshape(x, shape);
  const out = { shape: perm.map((axis) => sides[axis]!) };
  return g.reshape(g.node("Transpose", [g.reshape(x, sides)], out, { perm }), shape);
}

const transpose = lowering<tf.TransposeAttrs>({
  kernel: tf.Transpose,
  inputs: ["x"],
  lower: (g, [x], { perm }) => permute(g, x!, perm),
});

/** Axes that are not repeated go with the axis before them. */
export function mergeReps(shape: readonly number[], reps: readonly number[]): { sides: number[]; reps: number[] } {
  const merged = { sides: [1], reps: [1] };
  shape.forEach((side, i) => {
    const last = merged.sides.length - 1;
    if (reps[i] === 1) merged.sides[last]! *= side;
    else if (merged.sides[last] === 1) {
      merged.sides[last] = side; // an axis of one element, repeated, is another's repetition
      merged.reps[last]! *= reps[i]!;
    } else {
      merged.sides.push(side);
      merged.reps.push(reps[i]!);
    }
  });
  return merged;
}

/**
 * Repeating is broadcasting along an axis of its own; ONNX's Tile takes four times as long where single numbers are
 * repeated.
 */
const tile = lowering<tf.TileAttrs>({
  kernel: tf.Tile,
  inputs: ["x"],
  lower(g, [x], attrs) {
    const { sides, reps } = mergeReps(x!.shape, attrs.reps);
    if (sizeOf(reps) === 1) return x;
    if (g.target.portable) {
      const shape = x!.shape.map((side, i) => side * attrs.reps[i]!);
      return g.node("Tile", [x, g.constant("int64", attrs.reps)], { shape });
    }
    const before = sides.flatMap((side, i) => (reps[i] === 1 ? [side] : [1, side]));
    const shape = sides.flatMap((side, i) => (reps[i] === 1 ? [side] : [reps[i]!, side]));
    const tiled = g.node("Expand", [g.reshape(x!, before), g.constant("int64", shape)], { shape });
    return g.reshape(tiled, x!.shape.map((side, i) => side * attrs.reps[i]!)); // prettier-ignore
  },
});

/** The attributes of kernels that move blocks between space and batch. */
interface BlockAttrs {
  readonly blockShape: number[];
}

const spaceToBatch = lowering<BlockAttrs & { paddings: [number, number][] }>({
  kernel: tf.SpaceToBatchND,
  inputs: ["x"],
  lower(g, [x], { blockShape, paddings }) {
    const blocks = sizeOf(blockShape);
    const pads = x!.shape.map((_, i) => paddings[i - 1] ?? ([0, 0] as const)); // the first axis is the batch
    const padded = grow(g, x!, pads, 0);
    const reshaped = tf.backend_util.getReshaped(padded.shape as number[], blockShape, blocks, false);
    const perm = tf.backend_util.getPermuted(reshaped.length, blockShape.length, false);
    const shape = tf.backend_util.getReshapedPermuted(padded.shape as number[], blockShape, blocks, false);
    return g.reshape(permute(g, g.reshape(padded, reshaped), perm), shape);
  },
});

const batchToSpace = lowering<BlockAttrs & { crops: number[][] }>({
  kernel: tf.BatchToSpaceND,
  inputs: ["x"],
  lower(g, [x], { blockShape, crops }) {
    const blocks = sizeOf(blockShape);
    const shape = x!.shape as number[];
    const reshaped = tf.backend_util.getReshaped(shape, blockShape, blocks);
    const perm = tf.backend_util.getPermuted(reshaped.length, blockShape.length);
    const uncropped = tf.backend_util.getReshapedPermuted(shape, blockShape, blocks);
    const moved = permute(g, g.reshape(x!, reshaped), perm);
    const spans = uncropped.map((side, i) => ({ side, before: crops[i - 1]?.[0] ?? 0, after: crops[i - 1]?.[1] ?? 0 }));
    if (spans.every(({ before, after }) => before + after === 0)) return g.reshape(moved, uncropped);
    return cut(g, moved, spans, spans.map(({ side, before, after }) => side - before - after)); // prettier-ignore
  },
});

const depthToSpace = lowering<tf.DepthToSpaceAttrs>({
  kernel: tf.DepthToSpace,
  inputs: ["x"],
  lower(g, [x], { blockSize: n, dataFormat }) {
    if (dataFormat !== "NHWC") return undefined; // cpu's error
    const [b, h, w, c] = x!.shape as [number, number, number, number];
    const depth = c / (n * n);
    const moved = permute(g, g.reshape(x!, [b, h, w, n, n, depth]), [0, 1, 3, 2, 4, 5]);
    return g.reshape(moved, [b, h * n, w * n, depth]);
  },
});

export const rearrangements: readonly Lowering[] = [transpose, tile, spaceToBatch, batchToSpace, depthToSpace];
