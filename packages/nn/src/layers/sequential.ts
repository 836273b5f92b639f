import * as tf from "@tensorflow/tfjs-core";
import { scope } from "../context.js";
import { joinModules, type Layer } from "../module.js";

/**
 * Layers one after another, in the order of the keys: y = last(…(first(x))). Params under `name.` each, and each layer runs
 * in `scope(ctx, name)`. Whole-number keys come first and ascending, whatever order they were written in: JavaScript's rule.
 *
 * @example sequential({ fc1: linear({ in: 8, out: 32 }), act: activation("gelu"), fc2: linear({ in: 32, out: 8 }) })
 */
export function sequential(layers: Readonly<Record<string, Layer>>): Layer {
  const steps = Object.entries(layers);
  return {
    ...joinModules(layers),
    forward: (x, ctx) =>
      tf.tidy(() => steps.reduce((y, [name, layer]) => layer.forward(y, scope(ctx, name)), tf.clone(x))),
  };
}
