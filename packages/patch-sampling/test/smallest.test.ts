import { linear, rng, trainingContext, type Context, type ImageEncoder, type Module } from "@fovea/nn";
import { assertClose, moduleContract, randomTensor, type Check } from "@fovea/nn/testing";
import * as sampling from "@fovea/patch-sampling";
import type { SamplingMode, PatchSampler } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { estimate, noise, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

/** Samplers of one patch, the last of each kind by attention of one cell. An entry for every export. */
const samplers: Readonly<Record<string, readonly (() => PatchSampler)[]>> = {
  attentionSampling: [
    () => tinySampling({ samples: 1 }) as PatchSampler,
    () => tinySampling({ samples: 1, replacement: true, smoothing: 0 }, { features: tinyFeatures(1) }) as PatchSampler,
    () => tinySampling({ samples: 1, scale: 1e-3 }) as PatchSampler,
  ],
  fullImage: [
    () => sampling.fullImage({ features: tinyFeatures(1) }),
    () => sampling.fullImage({ features: tinyFeatures() }, { scale: 1e-3 }),
  ],
  zoomIn: [
    ...(["grid", "map"] as const).map((first) => () => tinyZoom({ first, samples: 1 }) as PatchSampler),
    () => tinyZoom({ first: "grid", samples: 1, firstScale: 1e-3, smoothing: 0, score: "mean" }) as PatchSampler,
    () => tinyZoom({ first: "map", samples: 1, firstScale: 1e-3, secondScale: 1e-3 }) as PatchSampler,
  ],
};

interface Network extends Module {
  forward(x: tf.Tensor4D, ctx: Context): tf.Tensor;
}

const contract = (shape: readonly number[], make: () => Network): readonly Check[] =>
  moduleContract({
    make,
    input: () => randomTensor(shape, 3),
    forward: (network, x, ctx) => network.forward(x as tf.Tensor4D, ctx),
    gradient: { epsilon: 1e-3, tolerance: 3e-2 }, // ReLUs have kinks
  });

/** The mean colour times a number. */
function colour(): ImageEncoder {
  const layer = linear({ in: 1, out: 1, seed: 3 });
  const vector = (x: tf.Tensor4D, ctx: Context) => tf.tidy(() => layer.forward(tf.mean(x, [1, 2]), ctx) as tf.Tensor2D);
  return {
    ...layer,
    stages: [{ name: "all", channels: 1, stride: 1 }],
    inChannels: 1,
    dim: 1,
    vector,
    maps: (x) => [x],
  };
}

/** One image of as few pixels as can be, and one number of it. */
const networks: Readonly<Record<string, readonly Check[]>> = {
  convAttention: contract([1, 1, 1, 1], () => sampling.convAttention({ channels: 1, inChannels: 1, seed: 2 })),
  convFeatures: contract([1, 2, 2, 1], () => sampling.convFeatures({ channels: [1], kernel: 1, inChannels: 1 })),
  encoderFeatures: contract([1, 1, 1, 1], () => sampling.encoderFeatures(colour())),
  patchFeatures: contract([1, 2, 1, 1], () =>
    sampling.patchFeatures({ channels: [1], dim: 1, stem: 1, inChannels: 1 }),
  ),
};

const learning = trainingContext(rng(2));
const draws = [
  sampling.takeAll([1]),
  sampling.takeLargest([1], 1),
  sampling.drawWithReplacement([1], 1, rng(1)),
  sampling.drawWithoutReplacement([1], 1, rng(1)),
];

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describeOnEngines("the smallest batch", () => {
  describe.each(Object.entries(networks))("%s", (_, checks) => {
    it.each(checks)("$name", ({ run }) => run());
  });

  describe.each(Object.entries(samplers))("%s", (_, makes) => {
    it.each(makes)(
      "sees one image as it sees it beside others, in every mode, with gradients that are numbers",
      async (make) => {
        const sampler = make();
        for (const image of [noise(12, 8), noise(1, 1)])
          for (const mode of ["sample", "topk", "exact"] satisfies SamplingMode[])
            for (const contrast of [false, true]) {
              const sampled = await sampler.read(image, await sampler.plan(image, learning, { mode, contrast }));
              const { value, grads } = tf.variableGrads(() => {
                const { vectors, negativeEntropy } = estimate(sampler, [sampled], learning);
                return tf.add<tf.Scalar>(tf.sum(tf.mul(vectors, randomTensor(vectors.shape, 4))), negativeEntropy);
              }, Object.values(sampler.params));
              for (const x of [value, ...Object.values(grads)]) expect(x.dataSync().every(Number.isFinite)).toBe(true);
              const [alone, two] = [
                estimate(sampler, [sampled], learning),
                estimate(sampler, [sampled, sampled], learning),
              ];
              assertClose(tf.concat([alone.vectors, alone.vectors]), two.vectors);
              assertClose(alone.negativeEntropy, two.negativeEntropy);
            }
      },
    );
  });

  it.each(["attentionSampling", "zoomIn"])("%s sees the one cell there is, whatever its probability", async (name) => {
    const sampler = samplers[name]!.at(-1)!();
    const image = noise(12, 8);
    const sampled = await sampler.read(image, await sampler.plan(image, learning));
    const { vectors, negativeEntropy } = estimate(sampler, [sampled], learning);
    assertClose(tf.norm(vectors), 1); // that of one patch; a mean of several is shorter
    assertClose(negativeEntropy, 0);
    expect(sampled.patches).toHaveLength(1);
  });

  it("weights one cell with 1", () => {
    const [p, f] = [tf.tensor1d([1]), tf.tensor2d([[3, 4]])];
    assertClose(sampling.attentionOf(tf.tensor1d([7]), 0.1), [1]);
    assertClose(sampling.contrastAttention(p), [1]);
    assertClose(sampling.negativeEntropy(p), 0);
    for (const draw of draws) {
      assertClose(sampling.drawWeights(p, draw), [1]);
      assertClose(sampling.expectation(p, f, draw), [3, 4]);
    }
    assertClose(sampling.unitRows(f), tf.tensor2d([[0.6, 0.8]]));
    assertClose(
      sampling.toUnitRange([{ width: 1, height: 1, channels: 3, data: Uint8Array.of(0, 51, 255) }]),
      [0, 0.2, 1],
    );
  });
});

it("says so of attention and vectors of another shape", () => {
  const [scalar, matrix] = [tf.scalar(1), tf.ones([2, 3])];
  expect(() => sampling.attentionOf(scalar, 0)).toThrow(
    "attentionOf: expected `logits` of shape [..., cells], got [].",
  );
  expect(() => sampling.contrastAttention(scalar)).toThrow(
    "contrastAttention: expected `attention` of shape [..., cells], got [].",
  );
  expect(() => sampling.negativeEntropy(matrix as tf.Tensor as tf.Tensor1D)).toThrow(
    "negativeEntropy: expected `attention` of shape [cells], got [2, 3].",
  );
  expect(() => sampling.drawWeights(matrix as tf.Tensor as tf.Tensor1D, draws[0]!)).toThrow(
    "drawWeights: expected `attention` of shape [cells], got [2, 3].",
  );
  expect(() => sampling.unitRows(scalar as tf.Tensor as tf.Tensor2D)).toThrow(
    "unitRows: expected `x` of shape [rows, dim], got [].",
  );
});

it("draws the one cell there is, with a factor of 1", () => {
  for (const { indices, factors } of draws) expect([[...indices], [...factors]]).toEqual([[0], [1]]);
  expect([...sampling.factorsOf([1], [0])]).toEqual([1]);
  expect([...sampling.apportion([0.3], 1)]).toEqual([1]);
  expect(sampling.tilesOf({ width: 1, height: 1 }, [5, 7])).toEqual([{ left: 0, top: 0, width: 7, height: 5 }]);
});

it("visits every export", () => {
  const checked = [
    "attentionOf",
    "contrastAttention",
    "drawWeights",
    "expectation",
    "negativeEntropy",
    "toUnitRange",
    "unitRows",
  ];
  const drawn = [
    "apportion",
    "drawWithReplacement",
    "drawWithoutReplacement",
    "factorsOf",
    "takeAll",
    "takeLargest",
    "tilesOf",
  ];
  const inEstimates = ["batchAttention", "collateAttention"]; // by which every sampler estimates
  const others = [...checked, ...drawn, ...inEstimates];
  expect([...Object.keys(samplers), ...Object.keys(networks), ...others].sort()).toEqual(Object.keys(sampling).sort());
});
