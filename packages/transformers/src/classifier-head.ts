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

/** The configuration of `classifierHead`. */
export interface ClassifierHeadConfig {
  /** Length of a vector. */
  readonly dim: number;
  /** Number of classes. */
  readonly classes: number;
  /** Dropout rate before the linear layer. Default 0.1. */
  readonly dropout?: number;
  /** The initial values of the weights. Default "zeros". */
  readonly init?: Init;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A linear classifier with dropout, z = dropout(x) W + b: [batch, dim] → [batch, classes].
 *
 * The weights start at zero, so that every class is equally likely: the first loss is ln classes, and no random head
 * disturbs a pretrained backbone in the first steps. Params: `weight` [dim, classes], `bias` [classes].
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
