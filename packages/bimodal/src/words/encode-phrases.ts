import { matchShapes, PADDING_ID } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { EncodedPhrases } from "../phrase-encoder.js";

/**
 * The `forward` of an encoder that looks at each phrase alone: all phrases of the batch become one batch of phrases. A
 * phrase is real if it has a word.
 *
 * @param who - the name of the encoder, for error messages
 * @param words - [batch, phrase, word], int32
 * @param encode - from phrases [batch · phrase, word] to vectors [batch · phrase, dim]; what it makes is freed
 */
export function encodePhrases(
  who: string,
  words: tf.Tensor3D,
  encode: (phrases: tf.Tensor2D) => tf.Tensor,
): EncodedPhrases {
  return tf.tidy(() => {
    const { batch, phrase, word } = matchShapes(who, { words: "batch phrase word" }, { words });
    if (words.dtype !== "int32") throw new TypeError(`${who}: expected \`words\` of dtype int32, got ${words.dtype}.`);
    if (words.size === 0)
      throw new RangeError(`${who}: expected \`words\` with at least one number, got [${words.shape.join(", ")}].`);
    const vectors = encode(tf.reshape(words, [batch * phrase, word])); // [batch · phrase, dim]
    return {
      vectors: tf.reshape(vectors, [batch, phrase, -1]) as tf.Tensor3D,
      mask: tf.cast(tf.any(tf.notEqual(words, PADDING_ID), 2), "float32") as tf.Tensor2D,
    };
  });
}
