import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable, type Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";

/** The configuration of `linear`. */
export interface LinearConfig {
  /** Size of the last axis of the input. */
  readonly in: number;
  /** Size of the last axis of the output. */
  readonly out: number;
  /** Whether a learned bias is added. Default true. */
  readonly bias?: boolean;
  /** The initial values of `weight`; `bias` starts at 0. Default "xavierUniform". */
  readonly init?: Init;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A linear (fully connected) layer, y = x · weight + bias on the last axis: [..., in] → [..., out]. Params `weight`
 * [in, out], `bias` [out].
 *
 * @throws RangeError for sizes below 1; ShapeError from `forward` unless the last axis is `in`
 */
export function linear(config: LinearConfig): Layer {
  const { in: inputs, out, bias = true, init = "xavierUniform", seed = 0 } = config;
  requireCounts("linear", { in: inputs, out });
  requireInit("linear", init);
  const weight = variable<tf.Rank.R2>(init, [inputs, out], subSeed(seed, "weight"));
  const offset = bias ? variable("zeros", [out]) : undefined;
  return {
    ...moduleOf({ weight, ...(offset && { bias: offset }) }),
    forward: (x) =>
      tf.tidy(() => {
        matchShapes("linear", { x: `... ${inputs}` }, { x });
        const y = tf.matMul(tf.reshape(x, [-1, inputs]), weight); // rank 2 is every engine's fast path
        return tf.reshape(offset ? tf.add(y, offset) : y, [...x.shape.slice(0, -1), out]);
      }),
  };
}
