import * as tf from "@tensorflow/tfjs-core";
import { scope } from "../context.js";
import { joinModules, type Layer } from "../module.js";

/**
 * Layers one after another, in the order of the keys: y = last(…(first(x))). Params under `name.` each, and each layer
 * runs in `scope(ctx, name)`. What a layer returned is disposed of once the next has read it, unless it was kept
 * (`tf.keep`): outside of gradients no more than two results are there at a time. Whole-number keys come first and
 * ascending, whatever order they were written in: JavaScript's rule.
 *
 * @example sequential({ fc1: linear({ in: 8, out: 32 }), act: activation("gelu"), fc2: linear({ in: 32, out: 8 }) })
 */
export function sequential(layers: Readonly<Record<string, Layer>>): Layer {
  const steps = Object.entries(layers);
  return {
    ...joinModules(layers),
    forward: (x, ctx) =>
      tf.tidy(() =>
        steps.reduce<tf.Tensor>((y, [name, layer]) => {
          const next = layer.forward(y, scope(ctx, name));
          if (next !== y && !y.kept) y.dispose();
          return next;
        }, tf.clone(x)),
      ),
  };
}
