import * as tf from "@tensorflow/tfjs-core";
import type { Module, Weights } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";

/**
 * A ResNet's last map outside of training, written straight from torchvision's `resnet.py` with nothing of ours:
 * which blocks there are, and whether they are bottlenecks or change the shape, is read off the weights' names.
 *
 * @param strides - of the four layers
 */
export function referenceResNet(weights: Weights, images: tf.Tensor4D, strides = [1, 2, 2, 2]): tf.Tensor4D {
  const conv = (x: tf.Tensor4D, name: string, stride = 1) => {
    const kernel = weights[`${name}.weight`] as tf.Tensor4D;
    const side = (kernel.shape[0] - 1) / 2;
    const padded = tf.pad(x, [[0, 0], [side, side], [side, side], [0, 0]]); // prettier-ignore
    return tf.conv2d(padded, kernel, stride, "valid");
  };
  const norm = (x: tf.Tensor4D, name: string) => {
    const of = (leaf: string) => weights[`${name}.${leaf}`] as tf.Tensor1D;
    const inverse = tf.rsqrt(tf.add(of("running_var"), 1e-5));
    return tf.add(tf.mul(tf.mul(tf.sub(x, of("running_mean")), inverse), of("weight")), of("bias")) as tf.Tensor4D;
  };
  const block = (x: tf.Tensor4D, name: string, stride: number) => {
    const bottleneck = `${name}.conv3.weight` in weights;
    const first = tf.relu(norm(conv(x, `${name}.conv1`, bottleneck ? 1 : stride), `${name}.bn1`));
    const second = norm(conv(first, `${name}.conv2`, bottleneck ? stride : 1), `${name}.bn2`);
    const out = bottleneck ? norm(conv(tf.relu(second), `${name}.conv3`), `${name}.bn3`) : second;
    const changes = `${name}.downsample.0.weight` in weights;
    const shortcut = changes ? norm(conv(x, `${name}.downsample.0`, stride), `${name}.downsample.1`) : x;
    return tf.relu(tf.add<tf.Tensor4D>(out, shortcut));
  };
  return tf.tidy(() => {
    const stem = tf.relu(norm(conv(images, "conv1", 2), "bn1")); // not negative, so that zeros never win the pooling
    let x = tf.maxPool(tf.pad(stem, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "valid"); // prettier-ignore
    for (let layer = 1; layer <= 4; layer++)
      for (let i = 0; `layer${layer}.${i}.conv1.weight` in weights; i++)
        x = block(x, `layer${layer}.${i}`, i === 0 ? strides[layer - 1]! : 1);
    return x;
  });
}

/**
 * torchvision's MobileNetV2 outside of training up to its last map, written straight from its `mobilenetv2.py` with
 * nothing of ours: which block expands and which adds its input is read off the weights.
 *
 * @param weights - under torchvision's names, channels last
 */
export function referenceMobileNetV2(weights: Weights, images: tf.Tensor4D): tf.Tensor4D {
  const conv = (x: tf.Tensor4D, name: string, stride = 1) => {
    const kernel = weights[`${name}.weight`] as tf.Tensor4D;
    const side = (kernel.shape[0] - 1) / 2;
    const padded = tf.pad(x, [[0, 0], [side, side], [side, side], [0, 0]]); // prettier-ignore
    const depthwise = kernel.shape[3] === 1 && kernel.shape[2] === x.shape[3] && side === 1;
    return depthwise ? tf.depthwiseConv2d(padded, kernel, stride, "valid") : tf.conv2d(padded, kernel, stride, "valid");
  };
  const norm = (x: tf.Tensor4D, name: string) => {
    const of = (leaf: string) => weights[`${name}.${leaf}`] as tf.Tensor1D;
    return tf.batchNorm(x, of("running_mean"), of("running_var"), of("bias"), of("weight"), 1e-5);
  };
  const convNorm = (x: tf.Tensor4D, name: string, stride = 1) =>
    tf.relu6(norm(conv(x, `${name}.0`, stride), `${name}.1`));
  const strides = [[16, 1, 1], [24, 2, 2], [32, 3, 2], [64, 4, 2], [96, 3, 1], [160, 3, 2], [320, 1, 1]] // prettier-ignore
    .flatMap(([, repeat, stride]) => Array.from({ length: repeat! }, (_, i) => (i === 0 ? stride! : 1)));
  const block = (x: tf.Tensor4D, name: string, stride: number) => {
    const expands = `${name}.1.0.weight` in weights;
    const expanded = expands ? convNorm(x, `${name}.0`) : x;
    const filtered = convNorm(expanded, `${name}.${expands ? 1 : 0}`, stride);
    const last = expands ? 2 : 1;
    const out = norm(conv(filtered, `${name}.${last}`), `${name}.${last + 1}`);
    return stride === 1 && out.shape[3] === x.shape[3] ? tf.add<tf.Tensor4D>(x, out) : out;
  };
  return tf.tidy(() => {
    const stem = convNorm(images, "features.0", 2);
    const last = strides.reduce((x, stride, i) => block(x, `features.${i + 1}.conv`, stride), stem);
    return convNorm(last, "features.18");
  });
}

/** Scales, shifts and statistics that tell the channels apart, so that a mistake cannot hide in zeros and ones. */
export function randomStatistics({ params, buffers }: Module): void {
  Object.entries({ ...params, ...buffers }).forEach(([key, variable], i) => {
    if (variable.rank === 1)
      tf.tidy(() =>
        variable.assign(
          tf.add(tf.mul(randomTensor(variable.shape, i), 0.1), /(weight|var|gamma|variance)$/.test(key) ? 1 : 0),
        ),
      );
  });
}
