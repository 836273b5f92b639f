import * as tf from "@tensorflow/tfjs-core";
import { pureLayer, type Layer } from "@fovea/nn";

/**
 * A convolution of stride 1 that keeps the size, with its taps `rate` cells apart ("à trous"): the map is dealt out to
 * rate² maps of every rate-th cell, each is convolved as it is, and the results are dealt back. The same numbers as a dilated
 * kernel gives, but with a gradient: tfjs has none for a convolution with dilation.
 *
 * Ref: Chen et al. 2014, arXiv:1412.7062.
 */
export function dilated(layer: Layer, rate: number): Layer {
  if (rate === 1) return layer;
  const { forward } = pureLayer((x, ctx) => {
    const [, height, width] = x.shape as [number, number, number, number];
    // zeros to a multiple of `rate`: dealt out, they are the rows the layer would pad with anyway
    const crops = [height, width].map((side) => [0, (rate - (side % rate)) % rate]);
    const dealt = tf.spaceToBatchND(x, [rate, rate], crops); // [rate² · batch, ⌈height / rate⌉, ⌈width / rate⌉, channels]
    return tf.batchToSpaceND(layer.forward(dealt, ctx), [rate, rate], crops);
  });
  return { ...layer, forward };
}
