import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { attentionRollout, classTokenAttention } from "../src/index.js";

const attention = (seed: number) => tf.softmax(randomTensor<tf.Tensor4D>([2, 3, 5, 5], seed));
const identity = tf.tile(tf.reshape(tf.eye(5), [1, 1, 5, 5]), [2, 3, 1, 1]) as tf.Tensor4D;

describeOnEngines("attentionRollout", () => {
  it("has rows that sum to 1", () => {
    assertClose(tf.sum(attentionRollout([attention(1), attention(2), attention(3)]), 2), tf.ones([2, 5]));
  });

  it("is the identity when every token looks at itself", () => {
    assertClose(attentionRollout([identity, identity]), tf.squeeze(tf.slice(identity, [0, 0], [-1, 1]), [1]));
  });

  it("goes half by attention and half by skip connection, the first block first", () => {
    const moves = (to: number[]) => tf.reshape(tf.oneHot(tf.tensor1d(to, "int32"), 3), [1, 1, 3, 3]) as tf.Tensor4D;
    const first = moves([0, 2, 2]); // token 1 reads token 2
    const second = moves([1, 1, 2]); // then the class token reads token 1
    const row = (list: tf.Tensor4D[]) => tf.slice(attentionRollout(list), [0, 0, 0], [1, 1, 3]);
    assertClose(row([first, second]), [1 / 2, 1 / 4, 1 / 4]);
    assertClose(row([second, first]), [1 / 2, 1 / 2, 0]);
  });

  it("gives the class token's row without the class token", () => {
    const list = [attention(1), attention(2)];
    const rollout = attentionRollout(list);
    assertClose(classTokenAttention(list), tf.squeeze(tf.slice(rollout, [0, 0, 1], [-1, 1, -1]), [1]));
    expect(classTokenAttention(list).shape).toEqual([2, 4]);
  });

  it("leaves nothing behind", () => {
    const list = [attention(1), attention(2)];
    assertNoLeak(() => attentionRollout(list));
    assertNoLeak(() => classTokenAttention(list));
  });
});

it("says what it refuses", () => {
  expect(() => attentionRollout([])).toThrow(
    "attentionRollout: expected `attentions` of at least one block, got an empty list.",
  );
  expect(() => attentionRollout([identity, tf.zeros([2, 3, 4, 4])])).toThrow(
    "attentionRollout: expected `attentions[1]` of shape [batch, heads, tokens, tokens]",
  );
});
