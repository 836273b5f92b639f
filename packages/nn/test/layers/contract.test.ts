import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose, moduleContract, randomTensor } from "../../src/testing/index.js";

const asLayer = (lstm: nn.Lstm, which: keyof nn.LstmStates): nn.Layer => ({
  ...lstm,
  forward: (x, ctx) => tf.tidy(() => lstm.forward(x as tf.Tensor3D, ctx)[which]),
});

/** Every layer, with an input around which it is smooth. Sizes are other primes on every axis. */
const LAYERS: Readonly<Record<string, readonly [make: () => nn.Layer, shape: readonly number[]]>> = {
  linear: [() => nn.linear({ in: 3, out: 5 }), [2, 7, 3]],
  "linear without bias": [() => nn.linear({ in: 3, out: 5, bias: false }), [2, 3]],
  conv2d: [() => nn.conv2d({ in: 2, out: 3, kernel: 3 }), [2, 5, 7, 2]],
  "conv2d, strided, padded, not square": [
    () => nn.conv2d({ in: 2, out: 3, kernel: [3, 5], stride: 2, padding: 2 }),
    [2, 5, 7, 2],
  ],
  "conv2d, dilated": [() => nn.conv2d({ in: 2, out: 3, kernel: 3, dilation: 2, padding: "valid" }), [2, 7, 6, 2]],
  depthwiseConv2d: [() => nn.depthwiseConv2d({ channels: 2, multiplier: 3, kernel: 3 }), [2, 5, 7, 2]],
  "depthwiseConv2d, strided, padded": [
    () => nn.depthwiseConv2d({ channels: 3, kernel: 3, stride: 2, padding: 1 }),
    [2, 5, 7, 3],
  ],
  "depthwiseConv2d, dilated": [
    () => nn.depthwiseConv2d({ channels: 3, multiplier: 2, kernel: [2, 3], dilation: 2 }),
    [2, 5, 7, 3],
  ],
  "conv2d, dilated and padded": [
    () => nn.conv2d({ in: 2, out: 3, kernel: [2, 3], dilation: 3, padding: 3 }),
    [2, 5, 7, 2],
  ],
  "conv2d, dilated, with more padding than it reaches": [
    () => nn.conv2d({ in: 2, out: 3, kernel: [2, 3], dilation: 2, padding: 5 }),
    [2, 5, 7, 2],
  ],
  "conv2d, dilated by more than the map is large": [
    () => nn.conv2d({ in: 2, out: 3, kernel: 3, dilation: 6, padding: 6 }),
    [2, 5, 4, 2],
  ],
  "depthwiseConv2d, dilated, with more padding than it reaches": [
    () => nn.depthwiseConv2d({ channels: 3, multiplier: 2, kernel: [2, 3], dilation: 2, padding: 3 }),
    [2, 5, 7, 3],
  ],
  "batchNorm of maps": [() => nn.batchNorm({ channels: 3 }), [2, 5, 7, 3]],
  "batchNorm of vectors": [() => nn.batchNorm({ channels: 3 }), [7, 3]],
  "pointwiseBatchNorm, narrow": [() => nn.pointwiseBatchNorm({ in: 3, out: 5 }), [2, 5, 7, 3]],
  "pointwiseBatchNorm, wide": [() => nn.pointwiseBatchNorm({ in: 3, out: 7 }), [2, 5, 7, 3]],
  layerNorm: [() => nn.layerNorm({ dim: 5 }), [2, 3, 5]],
  groupNorm: [() => nn.groupNorm({ channels: 6, groups: 2 }), [2, 5, 7, 6]],
  gelu: [() => nn.activation("gelu"), [2, 7]],
  silu: [() => nn.activation("silu"), [2, 7]],
  tanh: [() => nn.activation("tanh"), [2, 7]],
  "linear activation": [() => nn.activation("linear"), [2, 7]],
  dropout: [() => nn.dropout({ rate: 0.3 }), [2, 3, 7]],
  dropout2d: [() => nn.dropout2d({ rate: 0.3 }), [2, 3, 5, 7]],
  dropPath: [() => nn.dropPath({ rate: 0.3 }), [5, 3, 7]],
  sequential: [
    () => nn.sequential({ a: nn.linear({ in: 3, out: 5 }), b: nn.activation("gelu"), c: nn.linear({ in: 5, out: 2 }) }),
    [2, 3],
  ],
  pureLayer: [() => nn.pureLayer((x) => tf.square(tf.add(x, 1))), [2, 3]],
  identity: [() => nn.identity(), [2, 3]],
  flatten: [() => nn.flatten(), [2, 3, 5]],
  "the outputs of an lstm": [() => asLayer(nn.lstm({ in: 3, hidden: 5 }), "outputs"), [2, 7, 3]],
  "the last state of an lstm": [() => asLayer(nn.lstm({ in: 3, hidden: 5 }), "last"), [2, 7, 3]],
  multiHeadAttention: [() => nn.multiHeadAttention({ dim: 6, heads: 2, dropout: 0.2 }), [2, 5, 6]],
  encoderBlock: [() => nn.encoderBlock({ dim: 6, heads: 3, mlpRatio: 2, dropout: 0.1, dropPath: 0.2 }), [2, 5, 6]],
  learnedPositions: [() => nn.learnedPositions({ tokens: 5, dim: 3 }), [2, 5, 3]],
  sinusoidalPositions: [() => nn.sinusoidalPositions({ tokens: 5, dim: 3 }), [2, 5, 3]],
  averagePool2d: [() => nn.averagePool2d({ kernel: 3, stride: 2, padding: 1 }), [2, 5, 7, 3]],
  "averagePool2d with cells left over": [() => nn.averagePool2d({ kernel: [2, 3] }), [2, 5, 7, 3]],
  "averagePool2d, same": [() => nn.averagePool2d({ kernel: 3, stride: 1, padding: "same" }), [2, 5, 3, 2]],
  "adaptiveAveragePool2d, cells that overlap": [() => nn.adaptiveAveragePool2d({ cells: [2, 3] }), [2, 5, 7, 3]],
  "adaptiveAveragePool2d, more cells than the map": [() => nn.adaptiveAveragePool2d({ cells: 3 }), [2, 2, 1, 5]],
  globalAveragePool: [() => nn.pureLayer(nn.globalAveragePool), [2, 5, 7, 3]],
};

/** Those with kinks, with numbers that are all at least 0.1 apart and away from the kinks. */
const KINKED: typeof LAYERS = {
  relu: [() => nn.activation("relu"), [2, 7]],
  relu6: [() => nn.activation("relu6"), [11, 7]],
  maxPool2d: [() => nn.maxPool2d({ kernel: 3, stride: 2, padding: 1 }), [2, 5, 7, 1]],
};

const apart = (shape: readonly number[]): tf.Tensor => {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from(nn.rng(5).permutation(size), (rank) => 0.2 * (rank - 10) + 0.1),
    [...shape],
  );
};

describeOnEngines("the contract", () => {
  for (const [inputs, layers] of [
    [randomTensor, LAYERS],
    [apart, KINKED],
  ] as const)
    for (const [name, [make, shape]] of Object.entries(layers))
      describe(name, () => {
        const forward = (layer: nn.Layer, x: tf.Tensor, ctx: nn.Context) => layer.forward(x, ctx);
        for (const check of moduleContract({ make, input: () => inputs(shape), forward })) it(check.name, check.run);
      });
});

describe("wasm and cpu agree", () => {
  it.each(Object.entries({ ...LAYERS, ...KINKED }))("on %s", async (_, [make, shape]) => {
    const run = async (engine: string) => {
      await tf.setBackend(engine);
      const layer = make();
      const ctx = nn.trainingContext(nn.rng(3));
      const numbers = tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad((x) => layer.forward(x, ctx))(randomTensor(shape, 2));
        return [
          ...[value, grad].map((x) => x.dataSync()),
          layer.forward(randomTensor(shape), nn.inferenceContext()).dataSync(),
        ];
      });
      layer.dispose();
      return numbers;
    };
    const [wasm, cpu] = [await run("wasm"), await run("cpu")];
    wasm.forEach((values, i) => assertClose(values, cpu[i]!, 1e-4));
    await tf.setBackend("wasm");
  });
});

it("the same seed gives the same weights, another seed others", () => {
  const weights = (seed: number) => nn.encoderBlock({ dim: 6, heads: 2, seed }).params["attn.qkv.weight"]!.dataSync();
  expect(weights(3)).toEqual(weights(3));
  expect(weights(3)).not.toEqual(weights(4));
});
