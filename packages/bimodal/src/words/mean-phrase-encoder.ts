import { countReal, joinModules, requireCounts, scope, subSeed } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { PhraseEncoder } from "../phrase-encoder.js";
import { encodePhrases } from "./encode-phrases.js";
import type { LstmPhraseEncoderConfig } from "./lstm-phrase-encoder.js";
import { wordEmbedding } from "./word-embedding.js";
import type { WordVectors } from "./word-vectors.js";

/** The configuration of `meanPhraseEncoder`. */
export type MeanPhraseEncoderConfig = Omit<LstmPhraseEncoderConfig, "hidden">;

/**
 * The mean of the vectors of the words of a phrase. The order of the words makes no difference. Param `embedding.table`
 * [size, embedding]; the vector of a phrase is as long as that of a word.
 *
 * @param given - vectors of words from a file. Default: none, they start random
 * @throws RangeError for sizes below 1, a dropout rate outside [0, 1), or given vectors of another length or vocabulary
 */
export function meanPhraseEncoder(config: MeanPhraseEncoderConfig, given?: WordVectors): PhraseEncoder {
  const { size, embedding: dim = 300, dropout = 0, frozen = false, seed = 0 } = config;
  requireCounts("meanPhraseEncoder", { embedding: dim });
  const embedding = wordEmbedding({ size, dim, dropout, frozen, seed: subSeed(seed, "embedding") }, given);
  return {
    ...joinModules({ embedding }),
    dim,
    forward: (words, ctx) =>
      encodePhrases("meanPhraseEncoder", words, (phrases) => {
        const { vectors, mask } = embedding.forward(phrases, scope(ctx, "embedding"));
        return tf.div(tf.sum(vectors, 1), countReal(mask, 3)); // padding is zeros
      }),
  };
}
