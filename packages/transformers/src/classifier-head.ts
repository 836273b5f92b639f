import * as tf from "@tensorflow/tfjs-core";
import {
  dropout as dropoutLayer,
  linear,
  matchShapes,
  requireCounts,
  requireRates,
  scope,
  type Init,
  type Layer,
} from "@fovea/nn";

/** What makes a `classifierHead`. */
export interface ClassifierHeadConfig {
  /** Length of a vector. */
  readonly dim: number;
  readonly classes: number;
  /** Rate of dropout in front. Default 0.1. */
  readonly dropout?: number;
  /** How the weights start. Default "zeros". */
  readonly init?: Init;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Vectors to logits, z = dropout(x) W + b: [batch, dim] → [batch, classes].
 *
 * Zeros at the start make every class equally likely: the first loss is ln classes, and no random head pulls a trained
 * trunk about in the first steps. Params: `weight` [dim, classes], `bias` [classes].
 */
export function classifierHead(config: ClassifierHeadConfig): Layer {
  const { dim, classes, dropout = 0.1, init = "zeros", seed = 0 } = config;
  requireCounts("classifierHead", { dim, classes });
  requireRates("classifierHead", { dropout });
  const drop = dropoutLayer({ rate: dropout });
  const fc = linear({ in: dim, out: classes, init, seed });
  return {
    ...fc,
    forward(x, ctx) {
      matchShapes("classifierHead", { x: `batch ${dim}` }, { x });
      return tf.tidy(() => fc.forward(drop.forward(x, scope(ctx, "dropout")), ctx));
    },
  };
}
