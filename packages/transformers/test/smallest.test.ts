import type { Context, Module } from "@fovea/nn";
import { assertClose, moduleContract, perturbParams, randomTensor, type Check } from "@fovea/nn/testing";
import * as transformers from "@fovea/transformers";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const { attentionRollout, classTokenAttention, classifierHead, mapTokenizer, transformerEncoder } = transformers;

interface Forward<X extends tf.Tensor> extends Module {
  forward(x: X, ctx: Context): tf.Tensor;
}

const contract = <X extends tf.Tensor>(shape: readonly number[], make: () => Forward<X>): readonly Check[] =>
  moduleContract({
    make: () => perturbParams(make()),
    input: () => randomTensor(shape),
    forward: (module, x, ctx) => module.forward(x as X, ctx),
  });

const encoder = (dim: number) => () => transformerEncoder({ dim, depth: 1, heads: 1, mlpRatio: 1 });
const tokenizer = (classToken: boolean) => () => mapTokenizer({ channels: 1, height: 1, width: 1, dim: 1, classToken });

/** One image, one cell, one class, one head, one number: an entry for every exported module. */
const cases: Readonly<Record<string, readonly Check[]>> = {
  classifierHead: contract([1, 1], () => classifierHead({ dim: 1, classes: 1 })),
  mapTokenizer: [...contract([1, 1, 1, 1], tokenizer(true)), ...contract([1, 1, 1, 1], tokenizer(false))],
  transformerEncoder: [...contract([1, 1, 1], encoder(1)), ...contract([1, 1, 5], encoder(5))],
};

describeOnEngines("the smallest batch", () => {
  describe.each(Object.entries(cases))("%s", (_, checks) => {
    it.each(checks)("$name", ({ run }) => run());
  });

  it("has a rollout of 1 where there is one token, and no other token where it is the class token", () => {
    const attention = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    assertClose(attentionRollout([attention, attention]), tf.ones([1, 1, 1]));
    expect(classTokenAttention([attention]).shape).toEqual([1, 0]);
  });
});

it("visits every export", () => {
  const others = ["attentionRollout", "classTokenAttention"];
  expect([...Object.keys(cases), ...others].sort()).toEqual(Object.keys(transformers).sort());
});
