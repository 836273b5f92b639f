import * as tf from "@tensorflow/tfjs-core";
import { scope } from "../context.js";
import { joinModules, type Layer } from "../module.js";

/**
 * Runs layers one after another, in the order of their names: y = last(…(first(x))). The weights of a layer are named
 * `name.…`, and it runs in `scope(ctx, name)`. The output of a layer is freed once the next layer has used it, unless
 * it was kept (`tf.keep`), so that at most two outputs are in memory when no gradient is computed. Names that are whole
 * numbers come first, in ascending order, because JavaScript sorts the keys of objects so.
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
