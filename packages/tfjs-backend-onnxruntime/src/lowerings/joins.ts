import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/types.js";
import { lowering, type Inputs, type Lowering } from "./lowering.js";
import { areFew, copyRuns } from "./runs.js";

type Shape = readonly number[];

/** Where a part of a tensor lies in each of the rows that the tensor has before the axis of its parts. */
interface Part {
  readonly rows: number;
  readonly length: number;
  readonly start: number;
}

function partsOf(shapes: readonly Shape[], axis: number): { parts: Part[]; row: number; few: boolean } {
  let row = 0;
  const parts = shapes.map((shape) => {
    const length = sizeOf(shape.slice(axis));
    return { rows: sizeOf(shape.slice(0, axis)), length, start: (row += length) - length };
  });
  return { parts, row, few: areFew(parts.length * parts[0]!.rows) };
}

const inRow = ({ start }: Part, row: number) => ({ start, step: row });
const alone = ({ length }: Part) => ({ start: 0, step: length });

/** @param seen - the axis before which there are only rows, and the shape of the result */
const joined = (kernel: string, seen: (inputs: Inputs, axis: number) => { axis: number; shape: Shape }): Lowering =>
  lowering<{ axis: number }>({
    kernel,
    inputs: "all",
    serial: true,
    lower(g, inputs, attrs) {
      if (inputs.some(({ type }) => type !== inputs[0]!.type)) return undefined;
      const { axis, shape } = seen(inputs, attrs.axis);
      const { parts, row } = partsOf(inputs.map((x) => x.shape), axis); // prettier-ignore
      const rows = inputs.map((x, i) => g.reshape(x, [parts[i]!.rows, parts[i]!.length]));
      const out = { shape: [parts[0]!.rows, row] };
      return g.reshape(inputs.length === 1 ? rows[0]! : g.node("Concat", rows, out, { axis: 1 }), shape);
    },
    direct(inputs, _, attrs) {
      const { parts, row, few } = partsOf(inputs.map((x) => x.shape), seen(inputs, attrs.axis).axis); // prettier-ignore
      if (!few) return undefined;
      const copies = parts.map((part) => ({ ...part, from: alone(part), to: inRow(part, row) }));
      return (xs, [y]) => copies.forEach((copy, i) => copyRuns(xs[i]!, y!, copy));
    },
  });

const concat = joined(tf.Concat, (inputs, given) => {
  const shapes = inputs.map((x) => x.shape as number[]);
  const axis = tf.util.parseAxisParam(given, shapes[0]!)[0]!;
  tf.backend_util.assertParamsConsistent(shapes, axis);
  return { axis, shape: tf.backend_util.computeOutShape(shapes, axis) };
});

const pack = joined(tf.Pack, (inputs, given) => {
  const { shape } = inputs[0]!;
  for (const x of inputs) tf.util.assertShapesMatch(shape as number[], x.shape as number[], "All tensors passed to stack must have matching shapes"); // prettier-ignore
  const axis = given < 0 ? given + shape.length + 1 : given;
  return { axis, shape: shape.toSpliced(axis, 0, inputs.length) };
});

/** @param seen - the axis before which there are only rows, and the shapes of the results */
const parted = <A extends object>(
  kernel: string,
  input: string,
  seen: (shape: Shape, attrs: A) => { axis: number; shapes: Shape[] },
): Lowering =>
  lowering<A>({
    kernel,
    inputs: [input],
    serial: true,
    lower(g, [x], attrs) {
      const { axis, shapes } = seen(x!.shape, attrs);
      const { parts, row } = partsOf(shapes, axis);
      const rows = g.reshape(x!, [parts[0]!.rows, row]);
      const lengths = parts.map(({ length }) => length);
      const outs = lengths.map((length) => ({ shape: [parts[0]!.rows, length] }));
      const split = parts.length === 1 ? g.nodes("Identity", [rows], outs) : g.nodes("Split", [rows, g.constant("int64", lengths)], outs, { axis: 1 }); // prettier-ignore
      return split.map((part, i) => g.reshape(part, shapes[i]!));
    },
    direct([x], _, attrs) {
      const { axis, shapes } = seen(x!.shape, attrs);
      const { parts, row, few } = partsOf(shapes, axis);
      if (!few) return undefined;
      const copies = parts.map((part) => ({ ...part, from: inRow(part, row), to: alone(part) }));
      return (xs, ys) => copies.forEach((copy, i) => copyRuns(xs[0]!, ys[i]!, copy));
    },
  });

const split = parted<tf.SplitVAttrs>(tf.SplitV, "x", (shape, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis, shape as number[])[0]!;
  const sizes = tf.backend_util.prepareSplitSize({ shape } as tf.Tensor, attrs.numOrSizeSplits, axis);
  return { axis, shapes: sizes.map((size) => shape.with(axis, size)) };
});

const unpack = parted<{ axis: number }>(tf.Unpack, "value", (shape, attrs) => {
  const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis;
  return { axis, shapes: new Array<Shape>(shape[axis]!).fill(shape.toSpliced(axis, 1)) };
});

export const joins: readonly Lowering[] = [concat, pack, split, unpack];
