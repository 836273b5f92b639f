import * as tf from "@tensorflow/tfjs-core";
import { betaSample } from "./beta-sample.js";
import { mixedTargets, requireMixable, type MixedBatch, type MixOptions } from "./mix-options.js";

/**
 * Mixes each image with another of its batch, and their classes in the same shares:
 *
 *     image_b  = λ image_b + (1 − λ) image_π(b)
 *     target_b = λ onehot(y_b) + (1 − λ) onehot(y_π(b))       λ ~ Beta(alpha, alpha), π: a random order of the batch
 *
 * As in the authors' code one λ and one π for the batch. The paper takes alpha 0.1 to 0.4 on ImageNet, 1 on CIFAR-10.
 *
 *     const mixed = mixup(images, labels, { classes: 200, alpha: 0.2, rng: ctx.rng.split("mixup") });
 *     const loss = crossEntropy(network.forward(mixed.images, ctx), mixed.targets);
 *
 * For training only. A collection's views are mixed each with the other's view of that position, so none may be masked.
 *
 * Ref: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", arXiv:1710.09412, section 2.
 *
 * @param images - float32, [batch, ...rest]: images, views or features
 * @param labels - int32 in 0 … classes − 1, [batch]
 * @throws TypeError for another dtype; RangeError for other shapes, a label that is no class, or an option out of range
 */
export function mixup<Images extends tf.Tensor>(
  images: Images,
  labels: tf.Tensor1D,
  options: MixOptions,
): MixedBatch<Images> {
  requireMixable("mixup", images, labels, options);
  const { classes, alpha, rng } = options;
  const share = alpha === 0 ? 1 : betaSample(rng.split("share"), alpha);
  return tf.tidy(() => {
    const order = tf.tensor1d(Int32Array.from(rng.split("order").permutation(labels.size)), "int32");
    const mixed = tf.add(tf.mul(images, share), tf.mul(tf.gather(images, order), 1 - share)) as Images;
    return { images: mixed, targets: mixedTargets(labels, order, share, classes) };
  });
}
