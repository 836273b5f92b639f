import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./backend.js";

/** The operand of a matMul: matrices in a batch, each to be read as [rows, columns], transposed if so marked. */
export interface Stack {
  /** [batch size, rows, columns], or [batch size, columns, rows] if transposed. */
  readonly value: tf.Tensor3D;
  readonly batch: number[];
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

export function stackOf(x: tf.Tensor, transposed: boolean): Stack {
  const batch = x.shape.slice(0, -2);
  const [first, last] = x.shape.slice(-2) as [number, number];
  const value = tf.reshape(x, [sizeOf(batch), first, last]) as tf.Tensor3D;
  return { value, batch, rows: transposed ? last : first, columns: transposed ? first : last, transposed };
}

/** A stack as it is read: transposed for real if it was marked so. */
export const straight = ({ value, transposed }: Stack): tf.Tensor3D => (transposed ? swap(value) : value);

/** Each matrix transposed, by marking only. */
export const flip = (x: Stack): Stack => ({ ...x, rows: x.columns, columns: x.rows, transposed: !x.transposed });

/** [stack, rows, columns] → [stack, columns, rows]; a vector's numbers stay where they are. */
export function swap(x: tf.Tensor3D): tf.Tensor3D {
  const [stack, rows, columns] = x.shape;
  return rows === 1 || columns === 1 ? tf.reshape(x, [stack, columns, rows]) : tf.transpose(x, [0, 2, 1]);
}

/** How many numbers `straight` would move. */
export const moves = ({ value, transposed, rows, columns }: Stack): number =>
  transposed && rows > 1 && columns > 1 ? value.size : 0;

/** For each matrix of the broadcast batch, which matrix of a stack of batch `from` it is. */
export function broadcastIndices(from: readonly number[], batch: readonly number[]): number[] {
  const padded = [...Array<number>(batch.length - from.length).fill(1), ...from];
  return padded.reduce<number[]>(
    (indices, side, axis) =>
      indices.flatMap((index) => Array.from({ length: batch[axis]! }, (_, i) => index * side + (side === 1 ? 0 : i))),
    [0],
  );
}
