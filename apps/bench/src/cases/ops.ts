import * as tf from "@tensorflow/tfjs-core";
import type { Case, Size, Subject } from "./case.js";
import { features } from "./inputs.js";

/**
 * Single steps of any network. A training step here is the forward pass and both gradients, of Σ y · dy for a given dy;
 * the gradients of a convolution can also be had alone.
 */
export const ops: readonly Case[] = [
  { ...matmul("matmul"), peer: true },
  { ...conv("conv-3x3", convolve), peer: true },
  { ...conv("conv-3x3-dx", inputGradient), modes: ["infer"], peer: true },
  { ...conv("conv-3x3-dw", filterGradient), modes: ["infer"], peer: true },
];

/** The product [batch, n] · [n, n], whose rows are samples: 1024³ multiply–accumulates. */
function matmul(name: string): Case {
  return {
    name: `op/${name}`,
    batch: 1024,
    image: null,
    multiView: false,
    make({ batch, seed, tiny }) {
      const n = tiny ? 7 : 1024;
      const inputs = { a: features([batch, n], seed, "a"), b: features([n, n], seed, "b") };
      const dy = features([batch, n], seed, "dy");
      return subject(inputs, dy, () => tf.matMul(inputs.a, inputs.b));
    },
  };
}

interface Convolution {
  readonly x: tf.Tensor4D;
  /** [height, width, channels in, channels out] */
  readonly filter: tf.Tensor4D;
  /** The gradient of the output, in its shape. */
  readonly dy: tf.Tensor4D;
}

/**
 * A convolution of 3 × 3 taps and stride 1, as many channels out as in, on a map as wide as ResNet's after its stem.
 */
function conv(name: string, compute: (operands: Convolution) => tf.Tensor): Case {
  return {
    name: `op/${name}`,
    batch: 8,
    image: { full: 56, tiny: 5 },
    multiView: false,
    make({ batch, image, seed, tiny }: Size) {
      const channels = tiny ? 7 : 64;
      const map = [batch, image, image, channels];
      const inputs = {
        x: features(map, seed, "x") as tf.Variable<tf.Rank.R4>,
        filter: features([3, 3, channels, channels], seed, "filter") as tf.Variable<tf.Rank.R4>,
      };
      const dy = features(map, seed, "dy") as tf.Variable<tf.Rank.R4>;
      return subject(inputs, dy, () => compute({ ...inputs, dy }));
    },
  };
}

function convolve({ x, filter }: Convolution): tf.Tensor {
  return tf.conv2d(x, filter, 1, "same");
}

function inputGradient({ x, filter, dy }: Convolution): tf.Tensor {
  return tf.conv2dTranspose(dy, filter, x.shape, 1, "same");
}

/** The gradient of the filter. tfjs has no op for it, only the kernel that training calls. */
function filterGradient({ x, filter, dy }: Convolution): tf.Tensor {
  const attrs = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: filter.shape } as const;
  return tf.engine().runKernel<tf.Tensor>(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs });
}

function subject(inputs: Subject["inputs"], dy: tf.Variable, forward: () => tf.Tensor): Subject {
  return {
    params: {},
    inputs,
    data: { dy },
    forward,
    loss: () => tf.tidy(() => tf.sum(tf.mul(forward(), dy))),
    dispose: () => tf.dispose([inputs, dy]),
  };
}
