import * as tf from "@tensorflow/tfjs-core";
import { rng, type Module } from "@fovea/nn";

/** The module with every param moved by N(0, 0.3²): zeros and ones, common at the start, would hide mistakes. */
export function stir<M extends Module>(module: M): M {
  tf.tidy(() =>
    Object.values(module.params).forEach((param, i) => {
      const noise = rng(1).split("stir", i).normal(param.size, 0, 0.3);
      param.assign(tf.add(param, tf.tensor(noise, param.shape)));
    }),
  );
  return module;
}
