import { convNet } from "@fovea/backbones";
import * as sampling from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { ofPatches } from "./patches.js";
import { ofInputs, ofModule, type Makers } from "./subjects.js";

const draw = { indices: Int32Array.of(1, 3), factors: Float32Array.of(0.5, 0.7), times: Int32Array.of(1, 2) } as never;
const attention = (seed: number) => sampling.convAttention({ channels: 4, seed });
const features = () => sampling.convFeatures({ channels: [4], seed: 2 });

const sampler = (make: () => sampling.PatchSampler<never>) => () =>
  ofPatches(
    make(),
    async (m, image, ctx) => m.read(image, await m.plan(image, ctx)),
    (m, inputs, ctx) => {
      const { vectors, negativeEntropy } = m.estimate(inputs, ctx);
      return tf.add(vectors, negativeEntropy);
    },
  );

const network = (make: () => sampling.FeatureNetwork | sampling.AttentionNetwork) => () =>
  ofModule(make(), { x: [3, 16, 16, 3] }, (m, { x }, ctx) => m.forward(x, ctx));

export const samplingMakers: Makers = {
  attentionOf: () => ofInputs({ x: [3, 5] }, ({ x }) => sampling.attentionOf(x, 0.1)),
  attentionSampling: sampler(() =>
    sampling.attentionSampling(
      { attention: attention(1), features: features() },
      { scale: 1 / 4, patch: [16, 16], samples: 4 },
    ) as never), // prettier-ignore
  contrastAttention: () => ofInputs({ x: [3, 5] }, ({ x }) => sampling.contrastAttention(tf.softmax(x))),
  convAttention: network(() => attention(1)),
  convFeatures: network(features),
  drawWeights: () => ofInputs({ x: [5] }, ({ x }) => sampling.drawWeights(tf.softmax(x), draw)),
  encoderFeatures: network(() => sampling.encoderFeatures(convNet({ channels: [4] }))),
  expectation: () => ofInputs({ x: [5], f: [2, 4] }, ({ x, f }) => sampling.expectation(tf.softmax(x), f, draw)),
  fullImage: sampler(() => sampling.fullImage({ features: features() }, { scale: 1 / 4 }) as never),
  negativeEntropy: () => ofInputs({ x: [5] }, ({ x }) => sampling.negativeEntropy(tf.softmax(x))),
  patchFeatures: network(() => sampling.patchFeatures({ channels: [4], dim: 5 })),
  toUnitRange: () =>
    ofInputs({ x: [1, 1, 1, 3] }, ({ x }) =>
      tf.mul(x, sampling.toUnitRange([{ width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 255) }])),
    ),
  unitRows: () => ofInputs({ x: [3, 5] }, ({ x }) => sampling.unitRows(x)),
  zoomIn: sampler(() =>
    sampling.zoomIn(
      { first: attention(1), second: attention(3), features: features() },
      { tile: [30, 30], firstScale: 1 / 6, secondScale: 1 / 3, patch: [16, 16], samples: 4 },
    ) as never), // prettier-ignore
  "zoomIn from a map": sampler(() =>
    sampling.zoomIn(
      { first: attention(1), second: attention(3), features: features() },
      { first: "map", tile: [30, 30], firstScale: 1 / 6, secondScale: 1 / 3, patch: [16, 16], samples: 4 },
    ) as never), // prettier-ignore
};

/** What computes in JavaScript, or is a part of a sampler. */
export const samplingAside = [
  "apportion", "batchAttention", "collateAttention", "drawWithoutReplacement", "drawWithReplacement", "factorsOf", "takeAll",
  "takeLargest", "tilesOf",
]; // prettier-ignore
