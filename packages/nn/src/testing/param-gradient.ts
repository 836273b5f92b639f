import * as tf from "@tensorflow/tfjs-core";
import { trainableParams, type Module } from "../module.js";
import { rng } from "../random.js";
import { valueAndGradients } from "../value-and-gradients.js";
import type { GradientOptions } from "./gradient.js";
import { dot, requireSameSlope, unitDirection, weightedSum } from "./slope.js";

/**
 * `assertGradient` for a module's trainable params, one after another: central finite differences of F = Σ w · f along
 * random directions of the param, with fixed random weights w, against the tape's. The params keep their values.
 *
 * @param f - deterministic, and smooth around the params' values; closes over the module
 * @throws Error that names the param, also if no gradient reaches it
 */
export function assertParamGradient(
  module: Pick<Module, "params">,
  f: () => tf.Tensor,
  { epsilon = 1e-2, tolerance = 1e-2, directions = 2, seed = 0 }: GradientOptions = {},
): void {
  tf.tidy(() => {
    const random = rng(seed).split("assertParamGradient");
    const scalar = weightedSum(random, f);
    const params = trainableParams(module);
    const { gradients } = valueAndGradients(params, scalar);
    for (const [name, param] of Object.entries(params)) {
      const gradient = gradients[name];
      if (!gradient) throw new Error(`assertParamGradient: no gradient reaches \`${name}\`.`);
      for (let k = 0; k < directions; k++) {
        const along = unitDirection(random.split(name, k), param.shape);
        const finite = slope(scalar, param, along, epsilon);
        requireSameSlope("assertParamGradient", `\`${name}\``, finite, dot(gradient, along), tolerance);
      }
    }
  });
}

/** (f(param + ε · along) − f(param − ε · along)) / 2ε. */
function slope(f: () => tf.Scalar, param: tf.Variable, along: tf.Tensor, epsilon: number): number {
  const start = tf.clone(param as tf.Tensor);
  const at = (distance: number): number => {
    param.assign(tf.add(start, tf.mul(along, distance)));
    return f().dataSync()[0]!;
  };
  try {
    return (at(epsilon) - at(-epsilon)) / (2 * epsilon);
  } finally {
    param.assign(start);
  }
}
