import * as tf from "@tensorflow/tfjs-core";
import { trainableParams, type Module } from "../module.js";
import { rng } from "../random.js";
import { valueAndGradients } from "../value-and-gradients.js";
import type { GradientCheckOptions } from "./gradient.js";
import { dot, assertSameDerivative, unitDirection, weightedSum } from "./directional-derivative.js";

/**
 * Throws unless the gradient for each trainable param of a module agrees with central finite differences of F = Σ w ·
 * f, with fixed random weights w, along random directions of the param. The params keep their values.
 *
 * @param f - runs the module; deterministic, and smooth around the values of the params
 * @throws Error that names the param, also if it gets no gradient
 */
export function assertParamGradient(
  module: Pick<Module, "params">,
  f: () => tf.Tensor,
  { epsilon = 1e-2, tolerance = 1e-2, directions = 2, seed = 0 }: GradientCheckOptions = {},
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
        const finite = finiteDifference(scalar, param, along, epsilon);
        assertSameDerivative("assertParamGradient", `\`${name}\``, finite, dot(gradient, along), tolerance);
      }
    }
  });
}

/** (f(param + ε · along) − f(param − ε · along)) / 2ε. */
function finiteDifference(f: () => tf.Scalar, param: tf.Variable, along: tf.Tensor, epsilon: number): number {
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
