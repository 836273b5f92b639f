import * as tf from "@tensorflow/tfjs-core";
import type { Module } from "../module.js";
import { rng } from "../random.js";

/**
 * Adds noise from N(0, deviation²) to every param and returns the module. Params often start as zeros, ones or equal
 * rows, which hide mistakes. A param's noise depends on its name and the seed alone.
 *
 * @param seed - the same seed gives the same noise. Default 1
 * @param deviation - default 0.3
 */
export function perturbParams<M extends Pick<Module, "params">>(module: M, seed = 1, deviation = 0.3): M {
  for (const [name, param] of Object.entries(module.params)) {
    const noise = rng(seed).split("shake", name).normal(param.size, 0, deviation); // another key would be other noise
    tf.tidy(() => param.assign(tf.add(param, tf.tensor(noise, param.shape))));
  }
  return module;
}
