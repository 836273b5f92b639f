import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";
import { mergeSpans, type Span } from "./spans.js";

/** A part of each axis of `x`: what lies between `before` and `after`. */
export function cut(g: Graph, x: Value, spans: readonly Span[], shape: readonly number[]): Value {
  if (sizeOf(shape) === sizeOf(x.shape)) return g.reshape(x, shape);
  if (g.target.portable) return g.reshape(cutAxes(g, x, spans), shape);
  const merged = mergeSpans(spans);
  const sides = merged.map(({ side, before, after }) => side - before - after);
  const starts = g.constant("int64", merged.map(({ before }) => before)); // prettier-ignore
  const ends = g.constant("int64", merged.map(({ side, after }) => side - after)); // prettier-ignore
  const sliced = g.node("Slice", [g.reshape(x, merged.map(({ side }) => side)), starts, ends], { shape: sides }); // prettier-ignore
  return g.reshape(sliced, shape);
}

/** Only the axes that are cut are named. */
function cutAxes(g: Graph, x: Value, spans: readonly Span[]): Value {
  const axes = [...spans.keys()].filter((i) => spans[i]!.before + spans[i]!.after > 0);
  const starts = axes.map((i) => spans[i]!.before);
  const ends = axes.map((i) => (spans[i]!.after === 0 ? Number.MAX_SAFE_INTEGER : spans[i]!.side - spans[i]!.after));
  const shape = spans.map(({ side, before, after }) => side - before - after);
  const whole = g.reshape(x, spans.map(({ side }) => side)); // prettier-ignore
  return g.node("Slice", [whole, ...[starts, ends, axes].map((list) => g.constant("int64", list))], { shape });
}

export const slicedSpans = (shape: readonly number[], begin: readonly number[], size: readonly number[]): Span[] =>
  shape.map((side, i) => ({ side, before: begin[i]!, after: side - begin[i]! - size[i]! }));

/** @returns begin and size for every axis, as cpu fills them in and checks them */
export function sliceParams({ shape }: Value, { begin, size }: tf.SliceAttrs): [number[], number[]] {
  const x = { shape, rank: shape.length } as unknown as tf.Tensor;
  const [starts, sides] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  tf.slice_util.assertParamsValid(x, starts, sides);
  return [starts, sides];
}

const slice = lowering<tf.SliceAttrs>({
  kernel: tf.Slice,
  inputs: ["x"],
  lower(g, [x], attrs) {
    const [begin, size] = sliceParams(x!, attrs);
    return cut(g, x!, slicedSpans(x!.shape, begin, size), size);
  },
});

export function stridedInfo({ shape }: Value, attrs: tf.StridedSliceAttrs) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  return tf.slice_util.sliceInfo([...shape], begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask); // prettier-ignore
}

/** Every `stride`-th of each axis, backwards where it is negative. */
export function stride(
  g: Graph,
  x: Value,
  begin: readonly number[],
  strides: readonly number[],
  sides: readonly number[],
): Value {
  // prettier-ignore
  const ends = begin.map((start, i) => {
    const last = start + (sides[i]! - 1) * strides[i]!;
    return strides[i]! > 0 ? last + 1 : last > 0 ? last - 1 : -x.shape[i]! - 1; // -1 would be the last index
  });
  const axes = begin.map((_, i) => i);
  return g.node("Slice", [x, ...[begin, ends, axes, strides].map((list) => g.constant("int64", list))], { shape: sides }); // prettier-ignore
}

const stridedSlice = lowering<tf.StridedSliceAttrs>({
  kernel: tf.StridedSlice,
  inputs: ["x"],
  lower(g, [x], attrs) {
    const { begin, end, strides, finalShape } = stridedInfo(x!, attrs);
    const sides = tf.slice_util.computeOutShape(begin, end, strides);
    if (sizeOf(finalShape) === 0) return undefined;
    if (strides.every((step) => step === 1)) return cut(g, x!, slicedSpans(x!.shape, begin, sides), finalShape);
    return g.reshape(stride(g, x!, begin, strides, sides), finalShape);
  },
});

function backwards(g: Graph, x: Value, axes: ReadonlySet<number>): Value {
  const sides: number[] = [];
  const strides: number[] = [];
  x.shape.forEach((side, i) => {
    const step = axes.has(i) ? -1 : 1; // neighbours that run the same way are one axis
    if (strides.at(-1) === step) sides.push(sides.pop()! * side);
    else {
      sides.push(side);
      strides.push(step);
    }
  });
  if (!strides.includes(-1)) return x;
  const begin = sides.map((side, i) => (strides[i] === 1 ? 0 : side - 1));
  return g.reshape(stride(g, g.reshape(x, sides), begin, strides, sides), x.shape);
}

const reverse = lowering<tf.ReverseAttrs>({
  kernel: tf.Reverse,
  inputs: ["x"],
  lower: (g, [x], { dims }) => backwards(g, x!, new Set(tf.util.parseAxisParam(dims, x!.shape as number[]))),
});

const flipLeftRight = lowering<object>({
  kernel: tf.FlipLeftRight,
  inputs: ["image"],
  lower: (g, [image]) => backwards(g, image!, new Set([2])),
});

export const slices: readonly Lowering[] = [slice, stridedSlice, reverse, flipLeftRight];
