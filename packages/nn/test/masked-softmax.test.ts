import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { maskedSoftmax } from "../src/index.js";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "../src/testing/index.js";

const mask = () => tf.tensor2d([[1, 0, 1, 1, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]); // prettier-ignore
const scores = () => randomTensor<tf.Tensor2D>([3, 5]);

describeOnEngines("maskedSoftmax", () => {
  it("is the softmax of the items that count, and exactly 0 elsewhere", () => {
    const [s, m] = [scores().arraySync(), mask().arraySync()];
    const expected = s.flatMap((row, b) => {
      const powers = row.map((score, i) => m[b]![i]! * Math.exp(score));
      const total = powers.reduce((sum, power) => sum + power, 0) || 1;
      return powers.map((power) => power / total);
    });
    const weights = maskedSoftmax(scores(), mask());
    assertClose(weights, expected, 1e-6);
    weights.dataSync().forEach((weight, i) => expect(weight === 0).toBe(m.flat()[i] === 0));
  });

  it("ignores what masked scores hold, with their gradient", () => {
    const wild = tf.tensor2d([[1, NaN, 2, 3, Infinity], [-Infinity, NaN, 5, 1e38, -1e38], [NaN, NaN, Infinity, -Infinity, 0]]); // prettier-ignore
    const tame = tf.tensor2d([[1, 0, 2, 3, 0], [0, 0, 5, 0, 0], [0, 0, 0, 0, 0]]); // prettier-ignore
    const weights = randomTensor([3, 5], 4);
    const f = (x: tf.Tensor) => tf.sum(tf.mul(maskedSoftmax(x, mask()), weights));
    assertClose(maskedSoftmax(wild, mask()), maskedSoftmax(tame, mask()), 0);
    assertClose(tf.grad(f)(wild), tf.grad(f)(tame), 0);
  });

  it("is 0 with gradient 0 where everything is masked", () => {
    const none = tf.zeros<tf.Rank.R2>([3, 5]);
    const dx = tf.grad((x) => tf.sum(tf.mul(maskedSoftmax(x, none), randomTensor([3, 5], 4))))(scores());
    assertClose(maskedSoftmax(scores(), none), none, 0);
    assertClose(dx, none, 0);
  });

  it("has the gradient of finite differences", () => assertGradient((x) => maskedSoftmax(x!, mask()), [scores()]));

  it("keeps its precision where scores are large, and adding a number to all of them changes nothing", () => {
    const large = tf.tensor2d([[1e4, 3e4, 1e4 + 1], [-1e4, 0, -1e4 - 1]]); // prettier-ignore
    const some = tf.tensor2d([[1, 0, 1], [1, 0, 1]]); // prettier-ignore
    const small = 1 / (1 + Math.E);
    assertClose(maskedSoftmax(large, some), [small, 0, 1 - small, 1 - small, 0, small], 1e-6);
  });

  it("takes masks of every dtype that broadcast, and no mask", () => {
    const row = [1, 0, 1, 0, 1];
    const full = maskedSoftmax(scores(), tf.tensor2d([row, row, row]));
    for (const dtype of ["bool", "int32", "float32"] as const)
      assertClose(maskedSoftmax(scores(), tf.tensor2d(row, [1, 5], dtype)), full, 0);
    assertClose(maskedSoftmax(scores(), null), tf.softmax(scores()), 0);
  });

  it("leaves nothing behind", () => {
    const [x, m] = [scores(), mask()];
    assertNoLeak(() => maskedSoftmax(x, m));
    assertNoLeak(() => tf.grad((x) => maskedSoftmax(x, m))(x));
  });
});
