import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inferenceContext, layerNorm, rng, trainingContext } from "@fovea/nn";
import { assertClose, moduleContract, perturbParams, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { transformerEncoder } from "../src/index.js";

const ctx = inferenceContext();
const [batch, tokens, dim] = [2, 5, 6];
const config = { dim, depth: 2, heads: 3, mlpRatio: 2 };
const x = randomTensor<tf.Tensor3D>([batch, tokens, dim]);
const mask = tf.tensor2d([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]); // prettier-ignore

describeOnEngines("transformerEncoder", () => {
  for (const its of [undefined, mask])
    for (const { name, run } of moduleContract({
      make: () => perturbParams(transformerEncoder({ ...config, depth: 1, dropout: 0.1, dropPath: 0.1 })),
      input: () => tf.clone(x),
      forward: (encoder, x, ctx) =>
        tf.tidy(() => encoder.forward(x as tf.Tensor3D, ctx, its && tf.slice(its, 0, x.shape[0]))),
    }))
      it(`${name}, ${its ? "masked" : "all tokens real"}`, run);

  it("is a LayerNorm at depth 0", () => {
    const encoder = transformerEncoder({ ...config, depth: 0 });
    assertClose(encoder.forward(x, ctx), layerNorm({ dim }).forward(x, ctx));
    expect(Object.keys(encoder.params)).toEqual(["norm.weight", "norm.bias"]);
    encoder.dispose();
  });

  it("is equivariant: permuted tokens give permuted outputs", () => {
    const encoder = transformerEncoder(config);
    perturbParams(encoder);
    assertClose(encoder.forward(tf.reverse(x, 1), ctx), tf.reverse(encoder.forward(x, ctx), 1), 1e-4);
    encoder.dispose();
  });

  it("does not see masked tokens: as if they were not there", () => {
    const encoder = transformerEncoder(config);
    perturbParams(encoder);
    const real = (y: tf.Tensor3D) => tf.slice(y, [0, 0], [1, 3]);
    const spoiled = tf.where(tf.cast(tf.expandDims(mask, 2), "bool"), x, tf.fill(x.shape, 1e3)) as tf.Tensor3D;
    const masked = encoder.forward(x, ctx, mask);
    assertClose(real(encoder.forward(spoiled, ctx, mask)), real(masked), 1e-4);
    assertClose(real(masked), encoder.forward(real(x), ctx), 1e-4);
    assertClose(encoder.forward(x, ctx, tf.ones([batch, tokens])), encoder.forward(x, ctx), 1e-5);
    encoder.dispose();
  });

  it("shows the attention of each block, rows summing to 1 and nothing on masked tokens", () => {
    const encoder = transformerEncoder(config);
    const seen: Record<string, tf.Tensor> = {};
    const tapped = inferenceContext((name, value) => {
      if (name.endsWith("attn/attention")) seen[name] = tf.keep(tf.clone(value));
    });
    encoder.forward(x, tapped, mask);
    expect(Object.keys(seen)).toEqual(["blocks/0/attn/attention", "blocks/1/attn/attention"]);
    for (const attention of Object.values(seen)) {
      expect(attention.shape).toEqual([batch, 3, tokens, tokens]);
      assertClose(tf.sum(attention, 3), tf.ones([batch, 3, tokens]));
      assertClose(tf.sum(tf.slice(attention, [0, 0, 0, 3], [1, -1, -1, 2])), 0);
    }
    encoder.dispose();
  });

  it("drops only in training, and the same for the same random stream", () => {
    for (const rates of [{ dropout: 0.5 }, { dropPath: 0.9 }]) {
      const encoder = transformerEncoder({ ...config, ...rates });
      const plain = transformerEncoder(config);
      assertClose(encoder.forward(x, ctx), plain.forward(x, ctx), 0);
      const train = (seed: number) =>
        encoder
          .forward(x, trainingContext(rng(seed)))
          .dataSync()
          .join();
      expect(train(1)).toBe(train(1));
      expect(new Set([1, 2, 3, 4, 5, 6].map(train)).size).toBeGreaterThan(1);
      encoder.dispose();
      plain.dispose();
    }
  });
});

it("has timm's names", () => {
  const encoder = transformerEncoder({ ...config, depth: 1 });
  expect(Object.fromEntries(Object.entries(encoder.params).map(([key, { shape }]) => [key, shape]))).toEqual({
    "blocks.0.norm1.weight": [6],
    "blocks.0.norm1.bias": [6],
    "blocks.0.attn.qkv.weight": [6, 18],
    "blocks.0.attn.qkv.bias": [18],
    "blocks.0.attn.proj.weight": [6, 6],
    "blocks.0.attn.proj.bias": [6],
    "blocks.0.norm2.weight": [6],
    "blocks.0.norm2.bias": [6],
    "blocks.0.mlp.fc1.weight": [6, 12],
    "blocks.0.mlp.fc1.bias": [12],
    "blocks.0.mlp.fc2.weight": [12, 6],
    "blocks.0.mlp.fc2.bias": [6],
    "norm.weight": [6],
    "norm.bias": [6],
  });
  encoder.dispose();
});

it("has as many params as ViT-S: 12 blocks of 1,774,464 and the norm", () => {
  const encoder = transformerEncoder({ dim: 384, depth: 1, heads: 6 });
  const count = Object.values(encoder.params).reduce((sum, { size }) => sum + size, 0);
  expect(count).toBe(1_774_464 + 768); // timm: 12 · 1,774,464 + 768 = 21,294,336 of ViT-S/16's 22,050,664
  encoder.dispose();
});

it("says what it refuses", () => {
  const encoder = transformerEncoder(config);
  expect(() => encoder.forward(tf.zeros([2, 5, 7]), ctx)).toThrow(
    "transformerEncoder: expected `tokens` of shape [batch, tokens, 6], got [2, 5, 7].",
  );
  expect(() => encoder.forward(x, ctx, tf.ones([2, 4]))).toThrow(
    "transformerEncoder: expected `mask` of shape [batch, tokens]",
  );
  expect(() => transformerEncoder({ ...config, depth: -1 })).toThrow(
    "transformerEncoder: `depth` must be a whole number of at least 0, got -1.",
  );
  encoder.dispose();
});
