import type { EncodedPhrases, PhraseEncoder } from "@fovea/bimodal";
import { moduleOf, variable } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The mean of the words' learned vectors; NaN in place of phrases that are not there, which must not matter. */
export function wordMeans(vocabulary: number, dim: number, seed = 0): PhraseEncoder {
  const words = variable("xavierNormal", [vocabulary, dim], seed);
  return {
    ...moduleOf({ words }),
    dim,
    forward: (ids): EncodedPhrases =>
      tf.tidy(() => {
        const real = tf.cast(tf.notEqual(ids, 0), "float32"); // [batch, phrase, word]
        // [batch, phrase, vocabulary]
        const sum = tf.sum(tf.mul(tf.oneHot(ids, vocabulary), tf.expandDims(real, 3)), 2);
        const [batch, phrase] = ids.shape;
        const total = tf.matMul(tf.reshape(sum, [-1, vocabulary]), words as tf.Tensor2D);
        const count = tf.sum(real, 2);
        const means = tf.div(tf.reshape(total, [batch, phrase, dim]), tf.expandDims(tf.maximum(count, 1), 2));
        const isReal = tf.greater(count, 0);
        const vectors = tf.where(tf.expandDims(isReal, 2), means, tf.fill([batch, phrase, dim], NaN));
        return { vectors: vectors as tf.Tensor3D, mask: tf.cast(isReal, "float32") as tf.Tensor2D };
      }),
  };
}

/** Ids of words of samples, padded to one size. */
export function wordIds(samples: readonly (readonly (readonly number[])[])[]): tf.Tensor3D {
  const phrase = Math.max(1, ...samples.map((sample) => sample.length));
  const word = Math.max(1, ...samples.flat().map((ids) => ids.length));
  const padded = samples.map((sample) =>
    Array.from({ length: phrase }, (_, i) => Array.from({ length: word }, (_, k) => sample[i]?.[k] ?? 0)),
  );
  return tf.tensor3d(padded, [samples.length, phrase, word], "int32");
}
