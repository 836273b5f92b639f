import { assertNoLeak, moduleContract, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  progressiveMaskAttention,
  queryRelationalScorer,
  selfAttentionScorer,
  type EncodedPhrases,
} from "../../src/index.js";
import { make, mapOf, phrasesOf, SIZES, still } from "./support.js";

const phrases = (): EncodedPhrases => phrasesOf([4, 0, 6]);
const first = <T extends tf.Tensor>(x: T, like: tf.Tensor): T => tf.slice(x, 0, like.shape[0]);
const gradient = { epsilon: 1e-3 }; // ReLUs and choices have kinks

describeOnEngines("the contract", () => {
  for (const [missingText, shareStages] of [
    ["zeros", true],
    ["learned", false],
  ] as const)
    describe(`progressiveMaskAttention (missing text: ${missingText}, shared stages: ${shareStages})`, () => {
      for (const { name, run } of moduleContract({
        make: () => make({ missingText, shareStages }),
        input: () => mapOf(3),
        forward: (module, x, ctx) =>
          tf.tidy(() => {
            const { vectors, mask } = phrases();
            return module.forward(x as tf.Tensor4D, { vectors: first(vectors, x), mask: first(mask, x) }, ctx).features;
          }),
        gradient,
      }))
        it(name, run);
    });

  describe("progressiveMaskAttention of phrases", () => {
    for (const { name, run } of moduleContract({
      make: () => make({ missingText: "learned" }),
      input: () => randomTensor([3, 6, SIZES.textDim], 9),
      forward: (module, x, ctx) =>
        tf.tidy(
          () =>
            module.forward(first(mapOf(3), x), { vectors: x as tf.Tensor3D, mask: first(phrases().mask, x) }, ctx)
              .features,
        ),
      gradient,
    }))
      it(name, run);
  });

  describe("progressiveMaskAttention without text", () => {
    for (const { name, run } of moduleContract({
      make: () => make({ textDim: null }),
      input: () => mapOf(3),
      forward: (module, x, ctx) => tf.tidy(() => module.forward(x as tf.Tensor4D, null, ctx).features),
      gradient,
    }))
      it(name, run);
  });

  for (const activation of ["relu", "tanh"] as const)
    describe(`selfAttentionScorer (${activation})`, () => {
      for (const { name, run } of moduleContract({
        make: () => selfAttentionScorer({ dim: 7, activation, reduction: 2, seed: 3 }),
        input: () => randomTensor([3, 5, 7]),
        forward: (module, x, ctx) => module.forward(x, ctx),
        gradient,
      }))
        it(name, run);
    });

  describe("queryRelationalScorer", () => {
    for (const { name, run } of moduleContract({
      make: () => queryRelationalScorer({ keyDim: 5, queryDim: 7, seed: 3 }),
      input: () => randomTensor([3, 2, 7]),
      forward: (module, x, ctx) =>
        tf.tidy(() => module.forward(first(randomTensor<tf.Tensor2D>([3, 5], 2), x), x as tf.Tensor3D, ctx)),
    }))
      it(name, run);
  });

  it("leaves nothing behind, of all that it returns", () => {
    const [model, map, { vectors, mask }] = [make({ stages: 7, visualMask: false }), mapOf(3), phrases()];
    assertNoLeak(() => {
      const { features, stages } = model.forward(map, { vectors, mask }, still);
      tf.dispose([features, ...stages.flatMap((stage) => Object.values(stage) as tf.Tensor[])]);
    });
    assertNoLeak(() => void tf.dispose(model.forward(map, null, still) as unknown as tf.TensorContainer));
    assertNoLeak(() => progressiveMaskAttention({ visualDim: 5 }).dispose());
  });
});
