import * as tf from "@tensorflow/tfjs-core";
import { expandMask } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";

/** A mask from rules by row and view. @returns [batch, view], 1 where `real` */
export const maskWhere = (batch: number, view: number, real: (row: number, view: number) => boolean): tf.Tensor2D =>
  tf.tensor2d(Array.from({ length: batch }, (_, b) => Array.from({ length: view }, (_, v) => Number(real(b, v)))));

/** By turns the first view is masked, all views but one, and the last view: 01111 01000 11110. One view is real. */
export const maskOf = (batch: number, view: number): tf.Tensor2D =>
  maskWhere(batch, view, (b, v) => view === 1 || [v !== 0, v === 1, v !== view - 1][b % 3]!);

/** No view of row 1 is real, all of the other rows are. */
export const emptyRow = (batch: number, view: number): tf.Tensor2D => maskWhere(batch, view, (b) => b !== 1);

/** `count` views, from the view with index `from` on. */
export const sliceViews = (views: tf.Tensor, from: number, count: number): tf.Tensor =>
  tf.slice(views, [0, from], [-1, count]);

/** One row of the batch. */
export const sliceRow = <T extends tf.Tensor>(x: T, row: number): T => tf.slice(x, [row], [1]) as T;

/** These views only, in this order: view `order[i]` becomes view i. */
export const pickViews = <T extends tf.Tensor>(views: T, order: readonly number[]): T =>
  tf.concat(
    order.map((view) => sliceViews(views, view, 1)),
    1,
  ) as T;

/** The indices of the views: 0, 1, …, count − 1. */
export const indices = (count: number): number[] => Array.from({ length: count }, (_, view) => view);

/** The views with large noise added to one of them, so that also a maximum picks numbers of it in every row. */
export function liftView(views: tf.Tensor, view: number): tf.Tensor {
  const [batch, count, ...rest] = views.shape as [number, number, ...number[]];
  const noise = tf.mul(randomTensor([batch, 1, ...rest], 3), 10);
  const one = tf.tensor(
    indices(count).map((other) => Number(other === view)),
    [1, count, ...rest.map(() => 1)],
  );
  return tf.add(views, tf.mul(noise, one));
}

/** `views` with extreme values in place of the masked ones. */
export const corruptMasked = (views: tf.Tensor, mask: tf.Tensor2D): tf.Tensor =>
  tf.where(expandMask(mask, views.rank), views, extremeValues(views.shape));

/** Very large noise, with NaN and infinities in between. */
function extremeValues(shape: readonly number[]): tf.Tensor {
  const values = randomTensor(shape, 7).dataSync().slice() as Float32Array;
  return tf.tensor(
    values.map((value, i) => [NaN, Infinity, -Infinity, 1e30][i % 7] ?? 1e4 * value),
    [...shape],
  );
}
