import { addLosses, crossEntropy } from "@fovea/losses";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const scalar = (x: number) => tf.scalar(x);

describeOnEngines("addLosses", () => {
  it("adds totals, and keeps every term under its loss's name", () => {
    const mc = { total: scalar(5), terms: { near: scalar(7), far: scalar(11) } };
    const { total, terms } = addLosses({ crossEntropy: scalar(2), mc });
    assertClose(total, 7, 0);
    expect(Object.keys(terms)).toEqual(["crossEntropy", "mc/near", "mc/far"]);
    assertClose(terms["crossEntropy"]!, 2, 0);
    assertClose(terms["mc/far"]!, 11, 0);
  });

  it("has the sum of the gradients", () => {
    const logits = randomTensor<tf.Tensor2D>([3, 5], 1);
    const [a, b] = [tf.tensor1d([0, 1, 2], "int32"), tf.tensor1d([4, 4, 0], "int32")];
    const both = tf.grad((x) => {
      const z = x as tf.Tensor2D;
      return addLosses({ a: crossEntropy(z, a), b: crossEntropy(z, b) }).total;
    })(logits);
    const each = [a, b].map((labels) => tf.grad((x) => crossEntropy(x as tf.Tensor2D, labels))(logits));
    assertClose(both, tf.addN(each), 1e-6);
  });

  it("refuses to add nothing", () => expect(() => addLosses({})).toThrow("at least one loss, got none"));
});
