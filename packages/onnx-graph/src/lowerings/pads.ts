import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, type Value } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";
import { mergeSpans, type Span } from "./spans.js";

type Pads = readonly (readonly [number, number])[];

/** The axes of the result, with what is around `x` in it. */
export const paddedSpans = (shape: readonly number[], pads: Pads): Span[] =>
  mergeSpans(shape.map((side, i) => ({ side: side + pads[i]![0] + pads[i]![1], before: pads[i]![0], after: pads[i]![1] }))); // prettier-ignore

const isNone = (pads: Pads): boolean => pads.every(([before, after]) => before + after === 0);

/** `x` with `value` around it. */
export function grow(g: Graph, x: Value, pads: Pads, value: number): Value {
  if (isNone(pads)) return x;
  const each = x.shape.map((side, i) => ({ side: side + pads[i]![0] + pads[i]![1], before: pads[i]![0], after: pads[i]![1] })); // prettier-ignore
  const spans = g.target.portable ? each : mergeSpans(each);
  const inner = spans.map(({ side, before, after }) => side - before - after);
  const around = g.constant("int64", [...spans.map(({ before }) => before), ...spans.map(({ after }) => after)]);
  const out = { shape: spans.map(({ side }) => side) };
  const padded = g.node("Pad", [g.reshape(x, inner), around, g.constant(x.type, [value], [])], out);
  return g.reshape(padded, x.shape.map((side, i) => side + pads[i]![0] + pads[i]![1])); // prettier-ignore
}

const pad = lowering<tf.PadV2Attrs>({
  kernel: tf.PadV2,
  inputs: ["x"],
  lower: (g, [x], { paddings, constantValue }) => grow(g, x!, paddings, constantValue),
});

/** Each axis is read at mirrored places; ONNX's own Pad has no mode that repeats the border. */
const mirrorPad = lowering<tf.MirrorPadAttrs>({
  kernel: tf.MirrorPad,
  inputs: ["x"],
  lower(g, [x], { paddings, mode }) {
    const offset = mode === "reflect" ? 0 : 1;
    let y = x!;
    paddings.forEach(([before, after], axis) => {
      if (before + after > 0) y = pick(g, y, axis, mirrored(x!.shape[axis]!, before, after, offset));
    });
    return y;
  },
});

const mirrored = (side: number, before: number, after: number, offset: number): number[] =>
  Array.from({ length: before + side + after }, (_, i) => {
    const at = i - before;
    return at < 0 ? -at - offset : at >= side ? 2 * (side - 1) - at + offset : at;
  });

/** The elements of an axis that `indices` names. */
export function pick(g: Graph, x: Value, axis: number, indices: readonly number[]): Value {
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const rows = g.reshape(x, [outer, x.shape[axis]!, inner]);
  const out = { shape: [outer, indices.length, inner] };
  const picked = g.node("Gather", [rows, g.constant("int32", indices)], out, { axis: 1 });
  return g.reshape(picked, x.shape.with(axis, indices.length));
}

export const pads: readonly Lowering[] = [pad, mirrorPad];
