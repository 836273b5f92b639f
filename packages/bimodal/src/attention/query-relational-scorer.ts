import { linear, matchShapes, requireCounts, type Context, type Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The configuration of `queryRelationalScorer`. */
export interface QueryRelationalScorerConfig {
  /** Length of the key, the vector of a part of the image. */
  readonly keyDim: number;
  /** Length of a query, the vector of a phrase. */
  readonly queryDim: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/** Scores queries by how well they go with a key. */
export interface QueryRelationalScorer extends Module {
  /**
   * @param key - [batch, keyDim]
   * @param queries - [batch, items, queryDim], finite
   * @returns scores, [batch, items]
   */
  forward(key: tf.Tensor2D, queries: tf.Tensor3D, ctx: Context): tf.Tensor2D;
}

/**
 * The query-relational scorer (QRM) of PMA, which says how well a phrase y goes with a part x of an image:
 *
 *     s = < y, W · x >
 *
 * Params `weight` [keyDim, queryDim], the transpose of W.
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", eq. 2.
 * @throws RangeError for sizes below 1; ShapeError from `forward`
 */
export function queryRelationalScorer(config: QueryRelationalScorerConfig): QueryRelationalScorer {
  const { keyDim, queryDim, seed = 0 } = config;
  requireCounts("queryRelationalScorer", { keyDim, queryDim });
  const projection = linear({ in: keyDim, out: queryDim, bias: false, seed });
  return {
    ...projection,
    forward: (key, queries, ctx) =>
      tf.tidy(() => {
        const specs = { key: `batch ${keyDim}`, queries: `batch items ${queryDim}` } as const;
        const { batch, items } = matchShapes("queryRelationalScorer", specs, { key, queries });
        const projected = tf.reshape(projection.forward(key, ctx), [batch, queryDim, 1]);
        return tf.reshape(tf.matMul(queries, projected), [batch, items]);
      }),
  };
}
