import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/types.js";
import { lowering, type Inputs, type Lowering } from "./lowering.js";

type Shape = readonly number[];

/** Where a part of a tensor lies in each of the rows that the tensor has before the axis of its parts. */
export interface Part {
  readonly rows: number;
  readonly length: number;
  readonly start: number;
}

export function partsOf(shapes: readonly Shape[], axis: number): { parts: Part[]; row: number } {
  let row = 0;
  const parts = shapes.map((shape) => {
    const length = sizeOf(shape.slice(axis));
    return { rows: sizeOf(shape.slice(0, axis)), length, start: (row += length) - length };
  });
  return { parts, row };
}

/** The axis before which there are only rows, and the shape of the result. */
type Join = (inputs: Inputs, axis: number) => { axis: number; shape: Shape };

const joined = (kernel: string, seen: Join): Lowering =>
  lowering<{ axis: number }>({
    kernel,
    inputs: "all",
    lower(g, inputs, attrs) {
      if (inputs.some(({ type }) => type !== inputs[0]!.type)) return undefined;
      const { axis, shape } = seen(inputs, attrs.axis);
      if (g.target.portable && inputs.length > 1) {
        const isPack = shape.length > inputs[0]!.shape.length;
        const parts = inputs.map((x) => (isPack ? g.reshape(x, x.shape.toSpliced(axis, 0, 1)) : x));
        return g.node("Concat", parts, { shape }, { axis });
      }
      const { parts, row } = partsOf(inputs.map((x) => x.shape), axis); // prettier-ignore
      const rows = inputs.map((x, i) => g.reshape(x, [parts[i]!.rows, parts[i]!.length]));
      const out = { shape: [parts[0]!.rows, row] };
      return g.reshape(inputs.length === 1 ? rows[0]! : g.node("Concat", rows, out, { axis: 1 }), shape);
    },
  });

export const concatenation: Join = (inputs, given) => {
  const shapes = inputs.map((x) => x.shape as number[]);
  const axis = tf.util.parseAxisParam(given, shapes[0]!)[0]!;
  tf.backend_util.assertParamsConsistent(shapes, axis);
  return { axis, shape: tf.backend_util.computeOutShape(shapes, axis) };
};

export const packing: Join = (inputs, given) => {
  const { shape } = inputs[0]!;
  for (const x of inputs) tf.util.assertShapesMatch(shape as number[], x.shape as number[], "All tensors passed to stack must have matching shapes"); // prettier-ignore
  const axis = given < 0 ? given + shape.length + 1 : given;
  return { axis, shape: shape.toSpliced(axis, 0, inputs.length) };
};

/** The axis before which there are only rows, and the shapes of the results. */
type Parting<A> = (shape: Shape, attrs: A) => { axis: number; shapes: Shape[] };

const parted = <A extends object>(kernel: string, input: string, seen: Parting<A>): Lowering =>
  lowering<A>({
    kernel,
    inputs: [input],
    lower(g, [x], attrs) {
      const { axis, shapes } = seen(x!.shape, attrs);
      if (g.target.portable && shapes.length > 1) {
        const isUnpack = shapes[0]!.length < x!.shape.length;
        const sizes = shapes.map((shape) => (isUnpack ? 1 : shape[axis]!));
        const outs = sizes.map((size) => ({ shape: x!.shape.with(axis, size) }));
        const split = g.nodes("Split", [x, g.constant("int64", sizes)], outs, { axis });
        return split.map((part, i) => g.reshape(part, shapes[i]!));
      }
      const { parts, row } = partsOf(shapes, axis);
      const rows = g.reshape(x!, [parts[0]!.rows, row]);
      const lengths = parts.map(({ length }) => length);
      const outs = lengths.map((length) => ({ shape: [parts[0]!.rows, length] }));
      const split = parts.length === 1 ? g.nodes("Identity", [rows], outs) : g.nodes("Split", [rows, g.constant("int64", lengths)], outs, { axis: 1 }); // prettier-ignore
      return split.map((part, i) => g.reshape(part, shapes[i]!));
    },
  });

export const splitting: Parting<tf.SplitVAttrs> = (shape, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis, shape as number[])[0]!;
  const sizes = tf.backend_util.prepareSplitSize({ shape } as tf.Tensor, attrs.numOrSizeSplits, axis);
  return { axis, shapes: sizes.map((size) => shape.with(axis, size)) };
};

export const unpacking: Parting<{ axis: number }> = (shape, attrs) => {
  const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis;
  return { axis, shapes: new Array<Shape>(shape[axis]!).fill(shape.toSpliced(axis, 1)) };
};

export const joins: readonly Lowering[] = [
  joined(tf.Concat, concatenation),
  joined(tf.Pack, packing),
  parted(tf.SplitV, "x", splitting),
  parted(tf.Unpack, "value", unpacking),
];
