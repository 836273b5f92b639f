import {
  attentionFusion,
  concatFusion,
  hybridFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
} from "@fovea/fusion";
import { inferenceContext, valueAndGradients } from "@fovea/nn";
import { assertClose, assertGradient, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

/** A fusion of one view, and what becomes of it. */
interface Smallest {
  readonly make: () => Fusion;
  /** What follows `batch, view`; as many axes are 1 as can be. */
  readonly rest: readonly number[];
  /** [batch, view, …rest] with one view → the merged one. Default: the view itself. */
  readonly merged?: (view: tf.Tensor, fusion: Fusion) => tf.Tensor;
}

/** One class token as it is, and one patch token with the slot's embedding at length 1. */
const marked = (view: tf.Tensor, { params }: Fusion): tf.Tensor => {
  const slot = params["slot_embed"]!; // [1, dim]
  return tf.add(view, tf.concat([tf.zerosLike(slot), tf.div(slot, tf.norm(slot))]));
};

/** What the smallest collection becomes, where a formula tells; `fusions.test.ts` covers every exported fusion. */
const cases: Readonly<Record<string, readonly Smallest[]>> = {
  attentionFusion: [
    { make: () => attentionFusion({ dim: 1 }), rest: [1] },
    { make: () => attentionFusion({ dim: 5, hidden: 1 }), rest: [5] },
  ],
  concatFusion: [
    { make: () => concatFusion({ at: "logits", slots: 1, channels: 1 }), rest: [1] },
    { make: () => concatFusion({ at: "map", slots: 1, channels: 1 }), rest: [1, 1, 1] },
    { make: () => concatFusion({ at: "vector", slots: 1, channels: 5 }), rest: [5] },
  ],
  hybridFusion: [{ make: () => hybridFusion({ alone: meanFusion("logits") }).branches.alone, rest: [1] }],
  maxFusion: [
    { make: () => maxFusion("logits"), rest: [1] },
    { make: () => maxFusion("image"), rest: [1, 1, 1] },
  ],
  meanFusion: [
    { make: () => meanFusion("vector"), rest: [1] },
    { make: () => meanFusion("map"), rest: [1, 1, 1] },
  ],
  meanProbabilities: [
    { make: meanProbabilities, rest: [1], merged: tf.zerosLike }, // of one class: log 1
    { make: meanProbabilities, rest: [5], merged: (view) => tf.logSoftmax(view) },
  ],
  tokenFusion: [
    { make: () => tokenFusion({ dim: 1, slots: null }), rest: [2, 1] },
    { make: () => tokenFusion({ dim: 5, slots: 1 }), rest: [2, 5], merged: marked },
    { make: () => tokenFusion({ dim: 1, slots: 1 }), rest: [2, 1], merged: marked },
  ],
};

const ctx = inferenceContext();

describeOnEngines("the smallest collection", () => {
  describe.each(Object.entries(cases))("%s", (_, own) => {
    it.each(own)("of one view, rest $rest", ({ make, rest, merged = (view) => view }) => {
      const fusion = make();
      tf.tidy(() => {
        const views = randomTensor([1, 1, ...rest], 1);
        const wanted = merged(tf.squeeze(views, [1]), fusion);
        for (const mask of [null, tf.ones<tf.Rank.R2>([1, 1])]) {
          assertClose(fusion.merge(views, mask, ctx), wanted);
          assertGradient((x) => fusion.merge(x!, mask, ctx), [views]);
        }
        const none = tf.zeros<tf.Rank.R2>([1, 1]);
        expect(fusion.merge(views, none, ctx).dataSync().every(Number.isFinite)).toBe(true);
        assertClose(tf.grad((x) => fusion.merge(x, none, ctx))(views), tf.zerosLike(views), 0);
        expect(fusion.mergeMask?.(none, 2).shape ?? [1, 2]).toEqual([1, 2]);
        expect(() => fusion.merge(tf.zeros([0, 1, ...rest]), null, ctx)).toThrow(
          `${fusion.name}: expected \`views\` with at least one number, got [${[0, 1, ...rest].join(", ")}].`,
        );
      });
      fusion.dispose();
    });

    it.each(own)("lets a gradient that is a number reach every param, rest $rest", ({ make, rest }) => {
      const fusion = make();
      tf.tidy(() => {
        const params = Object.values(fusion.params);
        if (params.length === 0) return;
        const views = randomTensor([1, 1, ...rest], 1);
        const { gradients } = valueAndGradients(fusion.params, () => tf.sum(tf.square(fusion.merge(views, null, ctx))));
        expect(Object.values(gradients).map((gradient) => gradient.shape)).toEqual(params.map(({ shape }) => shape));
        for (const gradient of Object.values(gradients)) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
      });
      fusion.dispose();
    });
  });
});
