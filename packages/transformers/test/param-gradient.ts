import * as tf from "@tensorflow/tfjs-core";
import { rng, type Module } from "@fovea/nn";

/** Moves every param by N(0, 0.3²): zeros and ones, common at the start, would hide mistakes. */
export function stir(module: Module): void {
  tf.tidy(() =>
    Object.values(module.params).forEach((param, i) => {
      const noise = rng(1).split("stir", i).normal(param.size, 0, 0.3);
      param.assign(tf.add(param, tf.tensor(noise, param.shape)));
    }),
  );
}

/** Finite differences of `f` along one random direction of each param, against the gradient, param by param. */
export function assertParamGradients(module: Module, f: () => tf.Scalar, epsilon = 1e-2): void {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(f, Object.values(module.params));
    Object.entries(module.params).forEach(([key, param], i) => {
      const values = rng(0).split("direction", i).normal(param.size);
      const length = Math.hypot(...values);
      const along = tf.tensor(values.map((value) => value / length), param.shape); // prettier-ignore
      const start = tf.clone(param);
      const at = (step: number) => {
        param.assign(tf.add(start, tf.mul(along, step)));
        return f().dataSync()[0]!;
      };
      const finite = (at(epsilon) - at(-epsilon)) / (2 * epsilon);
      param.assign(tf.clone(start));
      const analytic = tf.sum(tf.mul(grads[param.name]!, along)).dataSync()[0]!;
      if (!(Math.abs(finite - analytic) <= 1e-2 * Math.max(1, Math.abs(analytic))))
        throw new Error(`assertParamGradients: ${key}: finite differences give ${finite}, the gradient ${analytic}.`);
    });
  });
}
