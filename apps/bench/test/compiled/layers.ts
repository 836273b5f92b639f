import * as nn from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { ofInputs, ofModule, type Makers } from "./subjects.js";

const ACTIVATIONS: readonly nn.Activation[] = ["relu", "relu6", "gelu", "silu", "elu", "tanh", "linear"];
const map = [3, 6, 5, 4];
const tokens = [3, 5, 8];
const vectors = [6, 7];
const padded = () => tf.tensor2d([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], [3, 5], "int32"); // prettier-ignore

const layer = (make: () => nn.Layer, shape: readonly number[]) => () =>
  ofModule(make(), { x: shape }, (layer, { x }, ctx) => layer.forward(x, ctx));

const sequence = (make: () => nn.SequenceLayer, isPadded: boolean) => () =>
  ofModule(make(), { x: tokens }, (layer, { x }, ctx) => layer.forward(x, ctx, isPadded ? padded() : null));

/** Every layer and function of tensors, with every option that changes the nodes. */
export const layerMakers: Makers = {
  ...Object.fromEntries(ACTIVATIONS.map((kind) => [`activate ${kind}`, () => ofInputs({ x: vectors }, ({ x }) => nn.activate(x, kind))])), // prettier-ignore
  activation: layer(() => nn.activation("gelu"), vectors),
  adaptiveAveragePool2d: layer(() => nn.adaptiveAveragePool2d({ cells: [4, 2] }), map),
  averagePool2d: layer(() => nn.averagePool2d({ kernel: 2 }), map),
  "averagePool2d padded": layer(() => nn.averagePool2d({ kernel: 3, stride: 2, padding: 1 }), map),
  pointwiseBatchNorm: layer(() => nn.pointwiseBatchNorm({ in: 4, out: 6 }), map),
  "pointwiseBatchNorm of many outputs": layer(() => nn.pointwiseBatchNorm({ in: 4, out: 9 }), map),
  batchNorm: layer(() => nn.batchNorm({ channels: 4 }), map),
  "batchNorm of vectors": layer(() => nn.batchNorm({ channels: 7, epsilon: 1e-3, momentum: 0.3 }), vectors),
  conv2d: layer(() => nn.conv2d({ in: 4, out: 5, kernel: 3 }), map),
  "conv2d of stride 2": layer(() => nn.conv2d({ in: 4, out: 5, kernel: [3, 2], stride: 2, padding: 1, bias: false }), map), // prettier-ignore
  "conv2d of dilation 2": layer(() => nn.conv2d({ in: 4, out: 5, kernel: 3, dilation: 2 }), map),
  "conv2d of one cell": layer(() => nn.conv2d({ in: 4, out: 5, kernel: 1, padding: "valid" }), map),
  "conv2d of 16 channels": layer(() => nn.conv2d({ in: 16, out: 32, kernel: 3 }), [2, 6, 5, 16]),
  countReal: () => ofInputs({ x: tokens }, ({ x }) => tf.div(x, nn.countReal(padded(), 4))),
  depthwiseConv2d: layer(() => nn.depthwiseConv2d({ channels: 4, kernel: 3 }), map),
  "depthwiseConv2d of stride 2": layer(() => nn.depthwiseConv2d({ channels: 4, kernel: 3, stride: 2, multiplier: 2 }), map), // prettier-ignore
  "depthwiseConv2d of dilation 2": layer(() => nn.depthwiseConv2d({ channels: 4, kernel: 3, dilation: 2, multiplier: 2 }), map), // prettier-ignore
  dropout: layer(() => nn.dropout({ rate: 0.4 }), [40, 7]),
  dropout2d: layer(() => nn.dropout2d({ rate: 0.4 }), [10, 3, 2, 7]),
  dropPath: layer(() => nn.dropPath({ rate: 0.4 }), [40, 7]),
  encoderBlock: sequence(() => nn.encoderBlock({ dim: 8, heads: 2 }), false),
  "encoderBlock with dropout": sequence(() => nn.encoderBlock({ dim: 8, heads: 2, dropout: 0.2, dropPath: 0.3 }), true),
  expandMask: () => ofInputs({ x: tokens }, ({ x }) => tf.mul(x, tf.cast(nn.expandMask(padded(), 3), "float32"))),
  fillMasked: () => ofInputs({ x: tokens }, ({ x }) => nn.fillMasked(x, padded(), 2)),
  flatten: layer(() => nn.flatten(), map),
  globalAveragePool: () => ofInputs({ x: map }, ({ x }) => nn.globalAveragePool(x)),
  groupNorm: layer(() => nn.groupNorm({ channels: 4, groups: 2 }), map),
  hostTensor: () => ofInputs({ x: [50] }, ({ x }, ctx) => tf.mul(x, nn.hostTensor([50], () => (ctx.training ? ctx.rng.normal(50) : new Float32Array(50).fill(2))))), // prettier-ignore
  identity: layer(() => nn.identity(), vectors),
  inspect: () => ofInputs({ x: vectors }, ({ x }) => (nn.inspect(x, () => {}), tf.square(x))),
  joinModules: () => {
    const [a, b] = [nn.linear({ in: 7, out: 7, seed: 1 }), nn.linear({ in: 7, out: 3, seed: 2 })];
    return ofModule(nn.joinModules({ a, b }), { x: vectors }, (_, { x }, ctx) => b.forward(a.forward(x, ctx), ctx));
  },
  l2Normalize: () => ofInputs({ x: vectors }, ({ x }) => nn.l2Normalize(x)),
  layerNorm: layer(() => nn.layerNorm({ dim: 8 }), tokens),
  learnedPositions: layer(() => nn.learnedPositions({ tokens: 5, dim: 8 }), tokens),
  linear: layer(() => nn.linear({ in: 7, out: 3 }), vectors),
  "linear without bias": layer(() => nn.linear({ in: 8, out: 3, bias: false }), tokens),
  lstm: () => ofModule(nn.lstm({ in: 8, hidden: 3 }), { x: tokens }, (m, { x }, ctx) => m.forward(x, ctx).outputs),
  "lstm of padded steps": () =>
    ofModule(nn.lstm({ in: 8, hidden: 3 }), { x: tokens }, (m, { x }, ctx) => {
      const { outputs, last } = m.forward(x, ctx, padded());
      return tf.concat([outputs, tf.expandDims(last, 1)], 1);
    }),
  maskedSoftmax: () => ofInputs({ x: [3, 5] }, ({ x }) => nn.maskedSoftmax(x, padded())),
  maxPool2d: layer(() => nn.maxPool2d({ kernel: 2 }), map),
  "maxPool2d padded": layer(() => nn.maxPool2d({ kernel: 3, stride: 2, padding: 1 }), map),
  multiHeadAttention: sequence(() => nn.multiHeadAttention({ dim: 8, heads: 2 }), false),
  "multiHeadAttention of padded tokens": sequence(() => nn.multiHeadAttention({ dim: 8, heads: 4, bias: false, dropout: 0.2 }), true), // prettier-ignore
  pureLayer: layer(() => nn.pureLayer((x) => tf.square(x)), vectors),
  sequential: layer(() => nn.sequential({ fc: nn.linear({ in: 7, out: 5 }), act: nn.activation("tanh"), drop: nn.dropout({ rate: 0.5 }) }), vectors), // prettier-ignore
  sinusoidalPositions: layer(() => nn.sinusoidalPositions({ tokens: 5, dim: 8 }), tokens),
  stopGradient: () => ofInputs({ x: vectors }, ({ x }) => tf.mul(x, nn.stopGradient(x))),
  valueAndGradients: () => {
    const { params, ...module } = nn.linear({ in: 7, out: 3 });
    const gradients = (x: tf.Tensor, ctx: nn.Context) =>
      nn.valueAndGradients(params, () => tf.sum<tf.Scalar>(tf.square(module.forward(x, ctx)))).gradients;
    const x = ofInputs({ x: vectors }, () => tf.scalar(0)).variables["x"]!;
    const dispose = () => (module.dispose(), x.dispose());
    return { variables: {}, output: (ctx) => gradients(x, ctx)["weight"]!, dispose };
  },
  withoutGradient: () => ofInputs({ x: vectors }, ({ x }) => tf.mul(x, nn.withoutGradient(x, tf.sign))),
};

/** What is exported and computes nothing from tensors. */
export const layersAside = [
  "countParams", "decodeSafetensors", "deferredRng", "encodeSafetensors", "fansOf", "freeze", "inferenceContext",
  "loadWeights", "matchShapes", "mergeWeights", "moduleOf", "PADDING_ID", "padPhrases", "requireCounts",
  "requireOneOf", "requireRates", "resolvePhraseLimits", "rng", "scope", "ShapeError", "stageOf", "subSeed",
  "trainableParams", "trainingContext", "unfreeze", "variable", "weightsOf",
]; // prettier-ignore
