import * as tf from "@tensorflow/tfjs-core";

/** A map of a few cells, and the part of a convolution's weight that reads it. */
export interface Level {
  /** [batch, cells, cells, channels] */
  readonly map: tf.Tensor4D;
  /** [3, 3, channels, out] */
  readonly weight: tf.Tensor;
}

/**
 * Maps of a few cells, upsampled bilinearly with corners aligned, concatenated and convolved:
 *
 *     conv3x3(concat(upsample(map_1), upsample(map_2), …), weight),   with zeros around
 *
 * without the large maps. Both steps are linear, so the few cells are multiplied by the weight, and the products are
 * then spread over rows and columns: with the share of its cell that each place has above, at and below it. For b × b
 * cells this takes 9 b² products of channels in place of 9 · rows · columns.
 *
 * @returns [batch, rows, columns, out]
 */
export function convOfUpsampled(levels: readonly Level[], rows: number, columns: number): tf.Tensor4D {
  const batch = levels[0]!.map.shape[0];
  const out = levels[0]!.weight.shape[3]!;
  const strips = levels.map(({ map, weight }) => {
    const cells = map.shape[1];
    const products = tf.reshape(productsOf(map, weight), [batch, 3 * cells, 3 * cells, out]);
    const spread = tf.matMul(tf.expandDims(spreading(columns, cells)), products);
    return tf.reshape(spread, [batch, 3 * cells, columns * out]);
  });
  const over = tf.concat(levels.map(({ map }) => spreading(rows, map.shape[1])), 2); // prettier-ignore
  return tf.reshape(tf.matMul(over, tf.concat(strips, 1)), [batch, rows, columns, out]);
}

/** Each cell times each cell of the weight: [batch, 3, cells, 3, cells, out], those of the weight before its own. */
function productsOf(map: tf.Tensor4D, weight: tf.Tensor): tf.Tensor {
  const [batch, cells, , channels] = map.shape;
  const out = weight.shape[3]!;
  const rows = tf.tile(tf.reshape(map, [1, batch * cells * cells, channels]), [9, 1, 1]);
  const products = tf.matMul(rows, tf.reshape(weight, [9, channels, out]));
  return tf.transpose(tf.reshape(products, [3, 3, batch, cells, cells, out]), [2, 0, 3, 1, 4, 5]);
}

/**
 * The matrix [1, length, 3 · cells] of the shares that each place has of each cell: first at the place before it, then
 * at its own, then at the one after it. Outside the axis there are none. Kernels compute it, beginning with as many
 * ones as there are places, so that a file that is exported from them is right for maps of any size.
 */
function spreading(length: number, cells: number): tf.Tensor3D {
  const numbers = tf.tensor1d(Float32Array.from({ length: cells }, (_, i) => i));
  const ones = tf.fill<tf.Rank.R3>([1, length, 1], 1);
  const places = tf.cumsum(ones, 1, true); // 0, 1, 2, …
  const last = tf.sub(tf.sum(ones, 1, true), 1);
  const shares = [-1, 0, 1].map((shift) => {
    const place = tf.add(places, shift);
    const isInside = tf.logicalAnd(tf.greaterEqual(place, 0), tf.lessEqual(place, last));
    const position = tf.div(tf.mul(place, cells - 1), tf.maximum(last, 1));
    const apart = tf.abs(tf.sub(position, numbers));
    return tf.mul<tf.Tensor3D>(tf.relu(tf.sub(1, apart)), tf.cast(isInside, "float32"));
  });
  return tf.concat(shares, 2);
}
