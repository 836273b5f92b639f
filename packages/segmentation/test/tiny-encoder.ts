import { activation, averagePool2d, conv2d, joinModules, type ImageEncoder } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * An encoder of two stages: `fine`, 4 channels at half the stride, and `coarse`, 6 channels. Cells are as many as those
 * of real networks, ⌈size / stride⌉, and smooth, so that gradients can be compared with finite differences.
 */
export function tinyEncoder({ stride = 8, seed = 0 }: { stride?: number; seed?: number } = {}): ImageEncoder {
  const half = stride / 2;
  const fine = conv2d({ in: 3, out: 4, kernel: 3, padding: 1, seed });
  const coarse = conv2d({ in: 4, out: 6, kernel: 3, stride: 2, padding: 1, seed: seed + 1 });
  const smooth = activation("tanh");
  const pool = averagePool2d({ kernel: half, padding: "same" });
  const stages = [{ name: "fine", channels: 4, stride: half }, { name: "coarse", channels: 6, stride }] as const; // prettier-ignore
  const maps: ImageEncoder["maps"] = (x, ctx, { take = ["coarse"] } = {}) =>
    tf.tidy(() => {
      const first = smooth.forward(fine.forward(pool.forward(x, ctx), ctx), ctx) as tf.Tensor4D;
      return take.map((name) =>
        name === "fine" ? first : (smooth.forward(coarse.forward(first, ctx), ctx) as tf.Tensor4D),
      );
    });
  return {
    ...joinModules({ fine, coarse }),
    stages,
    inChannels: 3,
    dim: 6,
    maps,
    vector: (images, ctx) => tf.tidy(() => tf.mean(maps(images, ctx)[0]!, [1, 2])),
  };
}
