import { concatenation, packing, partsOf, splitting, unpacking, type Part } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { areFew, copyRuns } from "./runs.js";
import { traits, type Traits, type TraitsTable } from "./traits.js";

const inRow = ({ start }: Part, row: number) => ({ start, step: row });
const alone = ({ length }: Part) => ({ start: 0, step: length });
const few = (parts: readonly Part[]): boolean => areFew(parts.length * parts[0]!.rows);

const joined = (seen: typeof concatenation): Traits =>
  traits<{ axis: number }>({
    serial: true,
    direct(inputs, _, attrs) {
      const { parts, row } = partsOf(inputs.map((x) => x.shape), seen(inputs, attrs.axis).axis); // prettier-ignore
      if (!few(parts)) return undefined;
      const copies = parts.map((part) => ({ ...part, from: alone(part), to: inRow(part, row) }));
      return (xs, [y]) => copies.forEach((copy, i) => copyRuns(xs[i]!, y!, copy));
    },
  });

const parted = <A extends object>(
  seen: (shape: readonly number[], attrs: A) => { axis: number; shapes: (readonly number[])[] },
): Traits =>
  traits<A>({
    serial: true,
    direct([x], _, attrs) {
      const { axis, shapes } = seen(x!.shape, attrs);
      const { parts, row } = partsOf(shapes, axis);
      if (!few(parts)) return undefined;
      const copies = parts.map((part) => ({ ...part, from: inRow(part, row), to: alone(part) }));
      return (xs, ys) => copies.forEach((copy, i) => copyRuns(xs[0]!, ys[i]!, copy));
    },
  });

/** Kernels that join tensors along an axis, or part one. */
export const joins: TraitsTable = {
  [tf.Concat]: joined(concatenation),
  [tf.Pack]: joined(packing),
  [tf.SplitV]: parted(splitting),
  [tf.Unpack]: parted(unpacking),
};
