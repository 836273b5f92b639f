import * as tf from "@tensorflow/tfjs-core";
import { rng } from "@fovea/nn";

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Images of noise: uniform in [−1, 1). */
export const randomImages = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(rng(seed).split("pictures").uniform(sizeOf(shape), -1, 1), shape);

/** Features or logits that gradients reach: N(0, 1). */
export const features = (shape: number[], seed: number, name = "features"): tf.Variable => {
  const values = tf.tensor(rng(seed).split(name).normal(sizeOf(shape)), shape);
  const variable = tf.variable(values);
  values.dispose();
  return variable;
};

/** The class of each sample of a batch, int32 [batch]. */
export const labels = (batch: number, classes: number, seed: number): tf.Tensor1D => {
  const words = rng(seed).split("labels").uint32(batch);
  return tf.tensor1d(
    Array.from(words, (word) => word % classes),
    "int32",
  );
};

/** Label maps [batch, height, width], int32, of squares of one class each; 255, which is ignored, in one of 16. */
export const labelMaps = ([batch, height, width]: readonly [number, number, number], classes: number, seed: number) => {
  const squares = Math.ceil(width / SQUARE);
  const words = rng(seed)
    .split("label maps")
    .uint32(batch * height * squares);
  const at = (i: number) => {
    const [column, row, image] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    const word = words[(image * height + Math.floor(row / SQUARE)) * squares + Math.floor(column / SQUARE)]!;
    return word % 16 === 0 ? 255 : (word >>> 4) % classes;
  };
  const labels = Int32Array.from({ length: batch * height * width }, (_, i) => at(i));
  return tf.tensor3d(labels, [batch, height, width]);
};

const SQUARE = 12; // pixels

/**
 * Ids of words below `vocabulary`, int32, of that shape. A row of `length`, the last axis, has 0 to `length` words,
 * each number of them equally likely, and then zeros, which are padding.
 */
export const paddedWords = (shape: number[], vocabulary: number, seed: number): tf.Tensor => {
  const [random, length] = [rng(seed), shape.at(-1)!];
  const ids = random.split("words").uint32(sizeOf(shape));
  const counts = random.split("counts").uint32(sizeOf(shape) / length);
  const id = (word: number, i: number) =>
    i % length < counts[Math.floor(i / length)]! % (length + 1) ? 1 + (word % (vocabulary - 1)) : 0;
  return tf.tensor(Array.from(ids, id), shape, "int32");
};
