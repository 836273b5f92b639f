import * as tf from "@tensorflow/tfjs-core";
import type { Classify, SlidingWindowOptions } from "../../src/index.js";

/** [height, width, classes] */
export type Probabilities = tf.Tensor3D;

/**
 * The probabilities of a whole image at once, as the sliding window is defined, with plain loops over pixels and
 * windows and a weight for each pixel of the plane.
 */
export function wholeImage(image: tf.Tensor3D, classify: Classify, options: SlidingWindowOptions): Probabilities {
  return tf.tidy(() => {
    const [height, width] = image.shape;
    const scales = options.scales ?? [1];
    const maps = scales.map((scale) => {
      const size: [number, number] = [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
      const resize = (map: tf.Tensor3D, to: [number, number]) =>
        map.shape[0] === to[0] && map.shape[1] === to[1] ? map : tf.image.resizeBilinear(map, to, false, true);
      return resize(atOneScale(resize(image, size), classify, options), [height, width]);
    });
    return tf.div(tf.addN(maps), scales.length);
  });
}

function atOneScale(image: tf.Tensor3D, classify: Classify, options: SlidingWindowOptions): Probabilities {
  const [height, width] = image.shape;
  const [h, w] = typeof options.window === "number" ? [options.window, options.window] : options.window;
  const stride = options.stride ?? [Math.ceil((2 * h) / 3), Math.ceil((2 * w) / 3)];
  const [down, right] = typeof stride === "number" ? [stride, stride] : stride;
  const [H, W] = [Math.max(height, h), Math.max(width, w)];
  const padded = tf.pad(image, [[0, H - height], [0, W - width], [0, 0]]); // prettier-ignore
  const starts = (size: number, window: number, step: number) => {
    let count = 1;
    while ((count - 1) * step < size - window) count++;
    return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (size - window)) / (count - 1))));
  };
  let sums: Float64Array | undefined;
  let classes = 0;
  const weights = new Float64Array(H * W);
  for (const top of starts(H, h, down))
    for (const left of starts(W, w, right)) {
      const part = tf.expandDims(tf.slice(padded, [top, left, 0], [h, w, image.shape[2]]), 0) as tf.Tensor4D;
      let p = tf.softmax(classify(part));
      if (options.flip) p = tf.div(tf.add(p, tf.reverse(tf.softmax(classify(tf.reverse(part, 2))), 2)), 2);
      const values = p.dataSync();
      classes = p.shape[3]!;
      sums ??= new Float64Array(H * W * classes);
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const weight = options.weighting === "gaussian" ? gaussian(y, h) * gaussian(x, w) : 1;
          const pixel = (top + y) * W + left + x;
          weights[pixel]! += weight;
          for (let c = 0; c < classes; c++) sums[pixel * classes + c]! += weight * values[(y * w + x) * classes + c]!;
        }
    }
  const mean = Float32Array.from(sums!, (sum, i) => sum / weights[Math.floor(i / classes)]!);
  return tf.slice(tf.tensor3d(mean, [H, W, classes]), 0, [height, width, classes]);
}

const gaussian = (pixel: number, side: number) => Math.exp(-((pixel + 0.5 - side / 2) ** 2) / (2 * (side / 8) ** 2));
