import * as tf from "@tensorflow/tfjs-core";
import { activation, batchNorm, conv2d, joinModules, scope, sequential, subSeed, type Layer } from "@fovea/nn";

/** The configuration of a residual block. */
export interface BlockConfig {
  /** Channels of the input. */
  readonly in: number;
  /** Channels inside of the block. */
  readonly planes: number;
  /** Output channels = expansion · planes. 1: two 3 × 3 convolutions; more: a bottleneck of 1 × 1, 3 × 3, 1 × 1. */
  readonly expansion: number;
  /** Stride of the first 3 × 3 convolution and of the shortcut. */
  readonly stride: number;
  /** Dilation of the 3 × 3 convolution that has the stride in the published network. */
  readonly firstDilation: number;
  /** Dilation of the 3 × 3 convolutions after it. */
  readonly dilation: number;
  /** Seed of the initial weights. */
  readonly seed: number;
}

/**
 * A residual block y = relu(shortcut(x) + body(x)), with torchvision's names: `conv1.weight`, `bn1.bias`,
 * `downsample.0.weight`, `downsample.1.running_mean` …
 */
export function residualBlock(config: BlockConfig): Layer {
  const body = bodyOf(config);
  const shortcut = shortcutOf(config);
  const { params, buffers, dispose } = joinModules({ "": body, downsample: shortcut });
  return {
    params,
    buffers,
    dispose,
    forward: (x, ctx) =>
      tf.tidy(() => tf.relu(tf.add(body.forward(x, ctx), shortcut?.forward(x, scope(ctx, "downsample")) ?? x))),
  };
}

function bodyOf({ in: input, planes, expansion, stride, firstDilation, dilation, seed }: BlockConfig): Layer {
  const conv = (name: string, from: number, to: number, kernel: number, stride = 1, dilation = 1) => {
    const padding = (dilation * (kernel - 1)) / 2; // keeps the size at stride 1
    const size = { in: from, out: to, kernel, stride, dilation, padding, bias: false } as const;
    return conv2d({ ...size, init: "heNormalFanOut", seed: subSeed(seed, name) });
  };
  const norm = (channels: number) => batchNorm({ channels });
  if (expansion === 1)
    return sequential({
      conv1: conv("conv1", input, planes, 3, stride, firstDilation),
      bn1: norm(planes),
      relu: activation("relu"),
      conv2: conv("conv2", planes, planes, 3, 1, dilation),
      bn2: norm(planes),
    });
  const out = expansion * planes;
  return sequential({
    conv1: conv("conv1", input, planes, 1),
    bn1: norm(planes),
    relu1: activation("relu"),
    conv2: conv("conv2", planes, planes, 3, stride, firstDilation),
    bn2: norm(planes),
    relu2: activation("relu"),
    conv3: conv("conv3", planes, out, 1),
    bn3: norm(out),
  });
}

/** The shortcut: a 1 × 1 convolution if the shape changes, else undefined for the identity. */
function shortcutOf({ in: input, planes, expansion, stride, seed }: BlockConfig): Layer | undefined {
  const out = expansion * planes;
  if (stride === 1 && input === out) return undefined;
  return sequential({
    0: conv2d({
      in: input,
      out,
      kernel: 1,
      stride,
      padding: 0,
      bias: false,
      init: "heNormalFanOut",
      seed: subSeed(seed, "downsample"),
    }),
    1: batchNorm({ channels: out }),
  });
}
