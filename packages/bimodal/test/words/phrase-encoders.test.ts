import { inferenceContext, loadWeights, lstm, trainableParams } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { lstmPhraseEncoder, meanPhraseEncoder } from "../../src/index.js";
import { phraseEncoderContract, SIZE } from "./phrase-encoder-contract.js";

const ctx = inferenceContext();
const one = (...ids: number[]) => tf.tensor3d([[ids]], [1, 1, ids.length], "int32");

describeOnEngines("encoders of phrases", () => {
  describe("lstmPhraseEncoder", () =>
    phraseEncoderContract((options) =>
      lstmPhraseEncoder({ size: SIZE, embedding: 3, hidden: 7, seed: 2, ...options }),
    ));
  describe("meanPhraseEncoder", () =>
    phraseEncoderContract((options) => meanPhraseEncoder({ size: SIZE, embedding: 3, seed: 2, ...options })));

  it("the mean is the mean of the rows of the words", () => {
    const encoder = meanPhraseEncoder({ size: SIZE, embedding: 3 });
    encoder.params["embedding.table"]!.assign(tf.reshape(tf.range(0, 3 * SIZE), [SIZE, 3]));
    assertClose(encoder.forward(one(2, 5, 5, 0, 0), ctx).vectors, [12, 13, 14]);
    assertClose(encoder.forward(one(5, 2, 5), ctx).vectors, [12, 13, 14]);
  });

  it("the lstm is nn's, on the rows of the words, and sees their order", () => {
    const encoder = lstmPhraseEncoder({ size: SIZE, embedding: 3, hidden: 7, seed: 2 });
    const reader = lstm({ in: 3, hidden: 7 });
    loadWeights(reader, encoder.params, {
      rename: (key) => (key.startsWith("lstm.") ? key.slice("lstm.".length) : undefined),
    });
    const rows = tf.gather(encoder.params["embedding.table"]!, tf.tensor1d([3, 1, 9], "int32"));
    const { last } = reader.forward(tf.expandDims(rows, 0), ctx);
    assertClose(tf.reshape(encoder.forward(one(3, 1, 9, 0), ctx).vectors, [1, 7]), last, 1e-6);
    const turned = encoder.forward(one(9, 1, 3, 0), ctx).vectors;
    expect(() => assertClose(turned, tf.reshape(last, [1, 1, 7]), 1e-2)).toThrow("assertClose");
  });
});

it.each([
  ["lstmPhraseEncoder", lstmPhraseEncoder],
  ["meanPhraseEncoder", meanPhraseEncoder],
])("%s: the seed reaches every weight, and frozen words keep their values", (_, make) => {
  const sizes = { size: SIZE, embedding: 3, hidden: 7 };
  const [one, other] = [1, 2].map((seed) => make({ ...sizes, seed }).params);
  const values = [one!, other!].flatMap((params) => Object.values(params).map((param) => String(param.dataSync())));
  expect(new Set(values).size).toBe(values.length);
  const moved = (frozen: boolean) => Object.keys(trainableParams(make({ ...sizes, frozen })));
  expect(moved(false)).toEqual(Object.keys(one!));
  expect(moved(true)).toEqual(Object.keys(one!).filter((name) => name !== "embedding.table"));
});

it("the defaults are those of their docs", () => {
  const shapes = ({ params }: ReturnType<typeof lstmPhraseEncoder>) =>
    Object.entries(params).map(([name, { shape }]) => `${name} ${shape.join(" ")}`);
  const encoder = lstmPhraseEncoder({ size: 2 });
  expect(shapes(encoder)).toEqual([
    "embedding.table 2 300",
    "lstm.weight_ih_l0 300 2048",
    "lstm.weight_hh_l0 512 2048",
    "lstm.bias_ih_l0 2048",
    "lstm.bias_hh_l0 2048",
  ]);
  expect(encoder.dim).toBe(512);
  expect(meanPhraseEncoder({ size: 2 }).dim).toBe(300);
  expect(() => lstmPhraseEncoder({ size: 3, hidden: 0 })).toThrow("lstmPhraseEncoder: `hidden` must be");
  expect(() => meanPhraseEncoder({ size: 3, embedding: 0 })).toThrow("meanPhraseEncoder: `embedding` must be");
  expect(() => meanPhraseEncoder({ size: 1 })).toThrow("wordEmbedding: `size` must be a whole number of at least 2");
  expect(() => meanPhraseEncoder({ size: 3, dropout: 1 })).toThrow("wordEmbedding: `dropout` must be");
});
