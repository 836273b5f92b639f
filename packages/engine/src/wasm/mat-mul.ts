import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./backend.js";
import { matMulViews } from "./mat-mul-views.js";
import { broadcastIndices, flip, moves, stackOf, straight, swap, type Stack } from "./stack.js";

/** The stock kernel on stacks without transposes: XNNPACK if either is a single matrix, else a loop. */
export type StockMatMul = (a: tf.Tensor3D, b: tf.Tensor3D) => tf.Tensor;

/** Products of at most so many multiplications are through the stock loop before XNNPACK is set up. */
const SMALL = 1024;

/**
 * `a · b` for batches that broadcast and either operand transposed, always through XNNPACK. Stock `wasm` has XNNPACK
 * only for two single matrices without transposes; all else is a scalar loop, 4 to 25 times slower, which computes too
 * few products when batches broadcast both ways.
 *
 * @param a - [...batch, m, k], or [...batch, k, m] with `transposeA`
 * @param b - [...batch, k, n], or [...batch, n, k] with `transposeB`
 * @returns [...batch, m, n]
 */
export function matMul(
  [a, transposeA]: readonly [tf.Tensor, boolean],
  [b, transposeB]: readonly [tf.Tensor, boolean],
  stock: StockMatMul,
): tf.Tensor {
  return tf.tidy(() => {
    const [x, y] = [stackOf(a, transposeA), stackOf(b, transposeB)];
    if (x.columns !== y.rows)
      throw new Error(
        `matMul: inner dimensions must agree, got ${x.columns} of \`a\` [${a.shape}] and ${y.rows} of \`b\` [${b.shape}].`,
      );
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(x.batch, y.batch);
    const shape = [...batch, x.rows, y.columns];
    if (sizeOf(shape) * x.columns === 0) return tf.zeros(shape);
    return tf.reshape(product(x, y, batch, stock), shape);
  });
}

function product(x: Stack, y: Stack, batch: readonly number[], stock: StockMatMul): tf.Tensor {
  if (cheaperTurned(x, y)) return swap(product(flip(y), flip(x), batch, stock) as tf.Tensor3D);
  const [a, b] = [straight(x), straight(y)];
  const [aligned, [stack, m, k], n] = [String(x.batch) === String(y.batch), a.shape, b.shape[2]];
  if (b.shape[0] === 1) return tf.reshape(stock(tf.reshape(a, [1, stack * m, k]), b), [stack, m, n]); // one tall matrix
  if (aligned && m * k * n <= SMALL) return stock(a, b);
  return matMulViews(a, b, { a: broadcastIndices(x.batch, batch), b: broadcastIndices(y.batch, batch) });
}

/** Whether a · b = (bᵀ · aᵀ)ᵀ moves fewer numbers: for stacks of one size it may. */
function cheaperTurned(x: Stack, y: Stack): boolean {
  if (!(x.transposed || y.transposed) || x.value.shape[0] !== y.value.shape[0]) return false;
  const turnedBack = x.rows > 1 && y.columns > 1 ? x.value.shape[0] * x.rows * y.columns : 0;
  return moves(flip(x)) + moves(flip(y)) + turnedBack < moves(x) + moves(y);
}
