import * as tf from "@tensorflow/tfjs-core";

/** How fast the engine in use is on three small things; the best of a few runs, the first not counted. */
export interface Speed {
  /** Product of two 256 × 256 matrices, in GFLOP/s. */
  readonly matMul: number;
  /** 3×3 convolution of 8 maps of 32 × 32 × 32 into as many, in GFLOP/s. */
  readonly conv: number;
  /** Loss and gradients of two convolutions, a max pooling and a linear layer on images of 16 × 16, in images/s. */
  readonly training: number;
}

const MIN_MS = 200;

export async function probe(): Promise<Speed> {
  const [a, b] = [tf.randomNormal([256, 256]), tf.randomNormal([256, 256])];
  const [maps, filter] = [tf.randomNormal<tf.Rank.R4>([8, 32, 32, 32]), tf.randomNormal<tf.Rank.R4>([3, 3, 32, 32])];
  const step = trainingStep();
  try {
    const matMul = await secondsOf(() => tf.matMul(a, b));
    const conv = await secondsOf(() => tf.conv2d(maps, filter, 1, "same"));
    const training = await secondsOf(step.run);
    return {
      matMul: (2 * 256 ** 3) / matMul / 1e9,
      conv: (2 * maps.size * 9 * 32) / conv / 1e9,
      training: step.images / training,
    };
  } finally {
    tf.dispose([a, b, maps, filter]);
    step.dispose();
  }
}

function trainingStep() {
  const images = tf.randomNormal<tf.Rank.R4>([8, 16, 16, 3]);
  const weights = [[3, 3, 3, 16], [3, 3, 16, 32], [32, 10]].map((shape) => tf.variable(tf.randomNormal(shape, 0, 0.1))); // prettier-ignore
  const [first, second, last] = weights as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
  const loss = (): tf.Scalar => {
    const x = tf.maxPool(tf.relu(tf.conv2d(images, first, 1, "same")), 2, 2, "valid");
    const y = tf.mean<tf.Tensor2D>(tf.relu(tf.conv2d(x, second, 1, "same")), [1, 2]); // [batch, channels]
    return tf.mean(tf.logSumExp(tf.matMul(y, last), 1));
  };
  return {
    images: images.shape[0],
    run: () => tf.tidy(() => tf.addN(Object.values(tf.variableGrads(loss, weights).grads).map((g) => tf.sum(g)))),
    dispose: () => tf.dispose([images, ...weights]),
  };
}

/** The result is fetched: engines that compute elsewhere have not computed before that. */
async function secondsOf(run: () => tf.Tensor): Promise<number> {
  const once = async () => {
    const start = performance.now();
    const result = run();
    await result.data();
    result.dispose();
    return performance.now() - start;
  };
  await once();
  let [best, total] = [Infinity, 0];
  while (total < MIN_MS) {
    const ms = await once();
    best = Math.min(best, ms);
    total += ms;
  }
  return best / 1000;
}
