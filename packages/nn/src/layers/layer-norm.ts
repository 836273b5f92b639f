import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { standardize } from "./standardize.js";

/** The configuration of `layerNorm`. */
export interface LayerNormConfig {
  /** Size of the last axis. */
  readonly dim: number;
  /** Added to the variance, so that nothing is divided by 0. Default 1e-6, as in ViT; PyTorch's own default is 1e-5. */
  readonly epsilon?: number;
}

/**
 * Layer normalization: brings every vector along the last axis to mean 0 and (biased) variance 1, then scales and
 * shifts it: [..., dim] → [..., dim]. Params `weight`, `bias`, both [dim].
 *
 * Ref: Ba et al. 2016, arXiv:1607.06450.
 */
export function layerNorm({ dim, epsilon = 1e-6 }: LayerNormConfig): Layer {
  requireCounts("layerNorm", { dim });
  const params = { weight: variable("ones", [dim]), bias: variable("zeros", [dim]) };
  return {
    ...moduleOf(params),
    forward: (x) =>
      tf.tidy(() => {
        matchShapes("layerNorm", { x: `... ${dim}` }, { x });
        return tf.add(tf.mul(standardize(x, epsilon), params.weight), params.bias);
      }),
  };
}
