import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The logits of each pixel: [batch, height, width, channels] → [batch, height, width, classes]. */
export type Classify = (images: tf.Tensor4D) => tf.Tensor4D;

/** What the network says of some windows. */
export interface WindowProbabilities {
  readonly classes: number;
  /** [batch, height, width, classes] */
  readonly values: Float32Array;
}

/** The softmax of the logits; with `flip`, averaged with that of the mirrored images. Disposes `images`. */
export async function windowProbabilities(
  images: tf.Tensor4D,
  classify: Classify,
  flip: boolean,
): Promise<WindowProbabilities> {
  let probabilities: tf.Tensor4D | undefined;
  try {
    probabilities = tf.tidy(() => (flip ? withMirrored(images, classify) : softmaxOf(images, classify)));
    return { classes: probabilities.shape[3], values: (await probabilities.data()) as Float32Array };
  } finally {
    images.dispose();
    probabilities?.dispose();
  }
}

function softmaxOf(images: tf.Tensor4D, classify: Classify): tf.Tensor4D {
  const logits = classify(images);
  matchShapes("slidingWindow", { logits: `${images.shape.slice(0, 3).join(" ")} classes` }, { logits });
  return tf.softmax(logits);
}

function withMirrored(images: tf.Tensor4D, classify: Classify): tf.Tensor4D {
  const mirrored = tf.reverse(softmaxOf(tf.reverse(images, 2), classify), 2);
  return tf.mul(tf.add(softmaxOf(images, classify), mirrored), 0.5);
}

/** Adds zeros below and on the right of what was read, so that it is a whole window. Disposes `part`. */
export function asWindow(part: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [, rows, columns] = part.shape;
  if (rows === height && columns === width) return part;
  const padded = tf.pad(part, [[0, 0], [0, height - rows], [0, width - columns], [0, 0]]); // prettier-ignore
  part.dispose();
  return padded;
}

/** Joins windows to one batch. Disposes them. */
export function batchOf(windows: readonly tf.Tensor4D[]): tf.Tensor4D {
  if (windows.length === 1) return windows[0]!;
  const batch = tf.concat([...windows], 0);
  tf.dispose([...windows]);
  return batch;
}
