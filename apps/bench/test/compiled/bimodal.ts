import * as bimodal from "@fovea/bimodal";
import * as tf from "@tensorflow/tfjs-core";
import { inputsOf, ofInputs, ofModule, type Makers } from "./subjects.js";

const BATCH = 3;
const sizes = { visualDim: 6, textDim: 4, localDim: 5, finalDim: 7, reduction: 2 };
/** Ids of words, [batch, phrase, word]: phrases of no word are padding, and the last sample has none. */
const ids = [[[3, 4, 0], [5, 0, 0], [0, 0, 0]], [[1, 2, 6], [7, 8, 9], [3, 3, 3]], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]]; // prettier-ignore
const words = () => tf.tensor3d(ids, undefined, "int32");
const real = () => tf.tensor2d([[1, 1, 0], [1, 1, 1], [0, 0, 0]], undefined, "float32"); // prettier-ignore
const blocks = { scores: [BATCH, 4] } as const;
const some = () => tf.tensor2d([[1, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 1]]); // prettier-ignore

const attention = (
  config: Partial<Parameters<typeof bimodal.progressiveMaskAttention>[0]>,
  phrases: (vectors: tf.Tensor3D) => bimodal.EncodedPhrases | null,
) => {
  const module = bimodal.progressiveMaskAttention({ ...sizes, stages: 2, ...config });
  const shapes = { map: [BATCH, 4, 4, 6], vectors: [BATCH, 3, 4] };
  return ofModule(module, shapes, (m, { map, vectors }, ctx) => m.forward(map, phrases(vectors), ctx).features);
};
const withText = (vectors: tf.Tensor3D) => ({ vectors, mask: real() });

const encoder = (make: () => bimodal.PhraseEncoder) => () =>
  ofModule(make(), {}, (m, _, ctx) => m.forward(words(), ctx).vectors);

const stageParts = () => {
  const visualScorer = bimodal.selfAttentionScorer({ dim: 6, activation: "relu", reduction: 2, seed: 1 });
  const local = bimodal.selfAttentionScorer({ dim: 6, activation: "tanh", reduction: 2, seed: 2 });
  return { visualScorer, local: { ...local, forward: (x: tf.Tensor) => tf.mul(x, 2) } };
};

export const bimodalMakers: Makers = {
  encodePhrases: () => {
    const table = inputsOf({ table: [10, 4] });
    return {
      variables: table,
      output: () =>
        bimodal.encodePhrases("test", words(), (phrases) =>
          tf.sum(tf.reshape(tf.gather(table["table"]!, tf.reshape(phrases, [-1])), [-1, 3, 4]), 1),
        ).vectors,
      dispose: () => tf.dispose(table),
    };
  },
  lstmPhraseEncoder: encoder(() => bimodal.lstmPhraseEncoder({ size: 10, embedding: 4, hidden: 5, dropout: 0.3 })),
  "lstmPhraseEncoder of frozen words": encoder(() => bimodal.lstmPhraseEncoder({ size: 10, embedding: 4, hidden: 5, frozen: true })), // prettier-ignore
  meanPhraseEncoder: encoder(() => bimodal.meanPhraseEncoder({ size: 10, embedding: 4, dropout: 0.3 })),
  wordEmbedding: () =>
    ofModule(
      bimodal.wordEmbedding({ size: 10, dim: 4, dropout: 0.3 }),
      {},
      (m, _, ctx) => m.forward(tf.reshape<tf.Rank.R2>(words(), [-1, 3]), ctx).vectors,
    ),
  imageBlocks: () =>
    ofInputs({ map: [BATCH, 5, 4, 6] }, ({ map }) => {
      const { pooled, means } = bimodal.imageBlocks(map);
      return tf.stack([pooled, means]);
    }),
  progressiveMaskAttention: () => attention({}, withText),
  "progressiveMaskAttention without text": () => attention({ textDim: null }, () => null),
  "progressiveMaskAttention of missing text": () => attention({}, () => null),
  "progressiveMaskAttention of learned missing text": () => attention({ missingText: "learned" }, withText),
  "progressiveMaskAttention without masks": () => attention({ visualMask: false, textMask: false }, withText),
  "progressiveMaskAttention of own stages": () => attention({ shareStages: false, stages: 3 }, withText),
  queryRelationalScorer: () =>
    ofModule(
      bimodal.queryRelationalScorer({ keyDim: 5, queryDim: 4 }),
      { key: [BATCH, 5], queries: [BATCH, 3, 4] },
      (m, { key, queries }, ctx) => m.forward(key, queries, ctx),
    ),
  ...Object.fromEntries(
    (["relu", "tanh"] as const).map((activation) => [
      `selfAttentionScorer ${activation}`,
      () =>
        ofModule(bimodal.selfAttentionScorer({ dim: 6, activation, reduction: 2 }), { x: [BATCH, 4, 6] }, (m, { x }, ctx) => m.forward(x, ctx)), // prettier-ignore
    ]),
  ),
  strikeBlock: () =>
    ofInputs(blocks, ({ scores }) => {
      const chosen = tf.cast(tf.equal(scores, tf.max(scores, 1, true)), "float32");
      return tf.mul(scores, bimodal.strikeBlock(some(), chosen as tf.Tensor2D));
    }),
  textStage: () => {
    const phraseScorer = bimodal.queryRelationalScorer({ keyDim: 5, queryDim: 4 });
    const textScorer = bimodal.selfAttentionScorer({ dim: 4, activation: "tanh", reduction: 2 });
    const shapes = { vectors: [BATCH, 3, 4], local: [BATCH, 5] };
    return ofModule(phraseScorer, shapes, (_, { vectors, local }, ctx) => {
      const parts = { phraseScorer, textScorer };
      const { features, beta, gamma, left } = bimodal.textStage(parts, withText(vectors), local, real(), ctx);
      return tf.concat([features, beta, gamma, left], 1);
    });
  },
  visualStage: () => {
    const parts = stageParts();
    const shapes = { pooled: [BATCH, 4, 6], means: [BATCH, 4, 6] };
    return ofModule(parts.visualScorer, shapes, (_, blocks, ctx) => {
      const { features, local, alpha, block, chosen } = bimodal.visualStage(parts, blocks, some(), ctx);
      return tf.concat([features, local, alpha, tf.cast(tf.expandDims(block, 1), "float32"), chosen], 1);
    });
  },
};

/** What is exported and computes nothing from tensors. */
export const bimodalAside = [
  "phraseExtractor", "readWordVectors", "requireVocabulary", "UNKNOWN_ID", "vocabulary", "vocabularyOf",
]; // prettier-ignore
