import * as tf from "@tensorflow/tfjs-core";

/** As decoders.py has it: numbers between −1 and 1 without a pattern. */
export function numbers<R extends tf.Rank = tf.Rank>(shape: readonly number[], seed: number): tf.Tensor<R> {
  const fraction = (x: number) => x - Math.floor(x);
  const draw = (_: unknown, i: number) => 2 * fraction(Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453) - 1;
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: size }, draw), [...shape] as tf.ShapeMap[R]);
}

/** As decoders.py has it: the state dict of a network of these shapes, in PyTorch's order and layouts. */
export function stateDict(shapes: Readonly<Record<string, readonly number[]>>): Record<string, tf.Tensor> {
  const named = Object.entries(shapes).filter(([name]) => !name.endsWith("num_batches_tracked"));
  return tf.tidy(() =>
    Object.fromEntries(
      named.map(([name, shape], at) => {
        const draws = numbers(shape, at);
        if (shape.length > 1) return [name, tf.mul(draws, Math.sqrt((3 * shape[0]!) / draws.size))];
        return [name, tf.add(tf.mul(draws, 0.1), /(bias|running_mean)$/.test(name) ? 0 : 1)];
      }),
    ),
  );
}

/** From PyTorch's order of axes, [batch, channels, height, width], to ours. */
export const channelsLast = (map: tf.Tensor): tf.Tensor4D => tf.transpose(map as tf.Tensor4D, [0, 2, 3, 1]);

/** From our order of axes to PyTorch's. */
export const channelsFirst = (map: tf.Tensor): tf.Tensor4D => tf.transpose(map as tf.Tensor4D, [0, 3, 1, 2]);
