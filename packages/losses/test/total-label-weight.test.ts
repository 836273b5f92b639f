import { arcFace, cosFace, crossEntropy, focalLoss, totalLabelWeight, viewCrossEntropy } from "@fovea/losses";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const classes = 3;
const classWeights = [0.5, 3, 0];
const labels = tf.tensor1d([0, 2, 1, -1, -1, -1, 1], "int32");
type Span = readonly [from: number, size: number];
/** The second is of rows that count for nothing. */
const spans: readonly Span[] = [
  [0, 4],
  [4, 2],
  [6, 1],
];
const part = <T extends tf.Tensor>(x: T, [from, size]: Span) => tf.slice(x, from, size) as T;

/** Asserts that Σ W_i L_i / Σ W_i over the parts is the loss of the whole, and has its gradient. */
function assertAddsUp(
  x: tf.Tensor,
  loss: (x: tf.Tensor, span: Span) => { readonly total: tf.Scalar; readonly weight: tf.Scalar },
): void {
  const whole = (z: tf.Tensor) => loss(z, [0, labels.size]).total;
  const added = (z: tf.Tensor) => {
    const each = spans.map((span) => loss(part(z, span), span));
    const weighted = each.map(({ total, weight }) => tf.mul(total, weight));
    return tf.div<tf.Scalar>(tf.addN(weighted), tf.addN(each.map(({ weight }) => weight)));
  };
  assertClose(added(x), whole(x), 1e-6);
  assertClose(tf.grad(added)(x), tf.grad(whole)(x), 1e-6);
}

describeOnEngines("totalLabelWeight", () => {
  it("counts the known labels, or their classes' weights, times the samples'", () => {
    assertClose(totalLabelWeight(labels), 4, 0);
    assertClose(totalLabelWeight(labels, { ignore: 1 }), 5, 0);
    assertClose(totalLabelWeight(labels, { classWeights }), 0.5 + 0 + 3 + 3, 0);
    const rows = tf.tensor1d([1, 2, 3, 4, 5, 6, 7]);
    assertClose(totalLabelWeight(labels, { classWeights, sampleWeights: rows }), 0.5 + 0 + 9 + 21, 0);
    assertClose(totalLabelWeight(tf.tensor1d([-1], "int32")), 0, 0);
  });

  const logits = randomTensor<tf.Tensor2D>([7, classes], 1);
  const sampleWeights = tf.tensor1d([1, 2, 3, 4, 5, 6, 0.5]);
  it.each([
    ["labels unknown", labels, {}],
    ["class weights", labels, { classWeights }],
    ["both, another one ignored", tf.tensor1d([0, 2, 1, 1, 1, 1, 0], "int32"), { classWeights, ignore: 1 }],
    ["sample weights", labels, { sampleWeights }],
    ["all of them", labels, { classWeights, sampleWeights }],
  ])("makes crossEntropy and focalLoss of parts that of the whole, with its gradient: %s", (_, all, options) => {
    for (const loss of [crossEntropy, focalLoss] as readonly (typeof crossEntropy)[])
      assertAddsUp(logits, (z, span) => {
        const own = { ...options, ...("sampleWeights" in options && { sampleWeights: part(sampleWeights, span) }) };
        const y = part(all, span);
        return { total: loss(z as tf.Tensor2D, y, own), weight: totalLabelWeight(y, own) };
      });
  });

  it("makes those of cosFace and arcFace, too", () => {
    const weight = randomTensor<tf.Tensor2D>([5, classes], 2);
    for (const loss of [cosFace, arcFace])
      assertAddsUp(randomTensor([7, 5], 3), (x, span) => ({
        total: loss({ embeddings: x as tf.Tensor2D, weight }, part(labels, span), { scale: 8 }),
        weight: totalLabelWeight(part(labels, span)),
      }));
  });

  it("makes that of viewCrossEntropy, with the real views as sample weights", () => {
    const mask = tf.tensor2d([1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0], [7, 2]);
    assertAddsUp(randomTensor([7, 2, classes], 4), (z, span) => ({
      total: viewCrossEntropy(z as tf.Tensor3D, part(labels, span), { mask: part(mask, span) }),
      weight: totalLabelWeight(part(labels, span), { sampleWeights: tf.sum(part(mask, span), 1) }),
    }));
  });

  it("leaves nothing behind, and refuses what cannot be meant", () => {
    assertNoLeak(() => totalLabelWeight(labels, { classWeights }));
    expect(() => totalLabelWeight(tf.tensor1d([1]))).toThrow(
      "totalLabelWeight: expected `labels` of dtype int32, got float32.",
    );
    expect(() => totalLabelWeight(tf.tensor1d([], "int32"))).toThrow(
      "totalLabelWeight: expected at least one row in `labels`",
    );
    expect(() => totalLabelWeight(labels, { classWeights: [1, -1] })).toThrow(
      "totalLabelWeight: expected finite `classWeights` ≥ 0, got -1 for class 1.",
    );
    expect(() => totalLabelWeight(labels, { sampleWeights: tf.ones([3]) })).toThrow(
      "totalLabelWeight: expected `sampleWeights`",
    );
  });
});
