import * as losses from "@fovea/losses";
import { rng, trainingContext } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

/** A loss, and the shapes of what is differentiated: one row, and in some one class. */
interface Smallest {
  readonly inputs: readonly (readonly number[])[];
  readonly loss: (...inputs: tf.Tensor[]) => tf.Scalar;
  /**
   * `mean`: an average over rows, so that the same row twice has the same value, and each of the two half of the
   * gradient, which the other tests hold larger batches to. `nothing`: nothing to compare or to be wrong about; value
   * and gradient are 0.
   */
  readonly is: "mean" | "nothing";
}

const ctx = trainingContext(rng(3));
/** Every row is of class 0. */
const zeros = ({ shape }: tf.Tensor): tf.Tensor1D => tf.zeros([shape[0]!], "int32");
const [classes, one, vector] = [
  [1, 3],
  [1, 1],
  [1, 5],
];
const mean = (loss: (...inputs: never[]) => tf.Scalar, ...inputs: readonly number[][]): Smallest => ({
  inputs,
  loss: loss as Smallest["loss"],
  is: "mean",
});
const nothing = (loss: (...inputs: never[]) => tf.Scalar, ...inputs: readonly number[][]): Smallest => ({
  ...mean(loss, ...inputs),
  is: "nothing",
});

type Labelled = (logits: tf.Tensor2D, labels: tf.Tensor1D, options?: object) => tf.Scalar;
const labelled =
  (loss: Labelled, options?: object) =>
  (x: tf.Tensor2D): tf.Scalar =>
    loss(x, zeros(x), options);
const margin =
  (loss: typeof losses.arcFace, of: number) =>
  (embeddings: tf.Tensor2D): tf.Scalar =>
    loss({ embeddings, weight: randomTensor([5, of], 8) }, zeros(embeddings), { scale: 4 });
const hybrid = (single: tf.Tensor3D, fused: tf.Tensor2D) => losses.mvHfmdLoss({ single, fused }, zeros(single)).total;
const scoreFused = (single: tf.Tensor3D, fused: tf.Tensor2D) =>
  losses.mvHfmdLoss({ single, fused }, zeros(single), { singleLoss: "score-fused" }).total;
const triplet = (mining: "batchHard" | "batchAll" | "semiHard", distance: losses.Distance) =>
  labelled(losses.tripletLoss as Labelled, { mining, distance });

/** Every pixel of the map is of class 0. */
const zeroMap = ({ shape }: tf.Tensor): tf.Tensor3D => tf.zeros([shape[0]!, shape[1]!, shape[2]!], "int32");
/** A map of one image and one pixel. */
const [pixel, pixelOfOne] = [
  [1, 1, 1, 3],
  [1, 1, 1, 1],
];
type Segmented = (logits: tf.Tensor4D, labels: tf.Tensor3D, options?: object) => tf.Scalar;
const segmented =
  (loss: Segmented, options?: object) =>
  (x: tf.Tensor4D): tf.Scalar =>
    loss(x, zeroMap(x), options);
const prototypes = (x: tf.Tensor4D, of = 2) => losses.classPrototypes(x, zeroMap(x), { classes: of });
/** Something else with as many rows, of any batch. */
const other = <T extends tf.Tensor>(x: T): T => tf.add(tf.mul(x, -2), tf.range(1, x.shape.at(-1)! + 1)) as T;

/** One entry for every exported loss. */
const cases: Readonly<Record<string, readonly Smallest[]>> = {
  adaptiveKL: [
    nothing((x: tf.Tensor4D) => losses.adaptiveKL(prototypes(x), prototypes(other(x))), pixel), // a single class
    nothing((x: tf.Tensor4D) => losses.adaptiveKL(prototypes(x, 1), prototypes(other(x), 1)), pixelOfOne),
  ],
  addLosses: [
    mean((x: tf.Tensor2D) => losses.addLosses({ alone: losses.crossEntropy(x, zeros(x)) }).total, classes),
    nothing((x: tf.Tensor2D) => losses.addLosses({ alone: losses.crossEntropy(x, zeros(x)) }).total, one),
  ],
  arcFace: [mean(margin(losses.arcFace, 3), vector), nothing(margin(losses.arcFace, 1), vector)],
  attentionContrast: [
    mean((x: tf.Tensor2D) => losses.attentionContrast(x, zeros(x), { background: 1 }), classes),
    mean((x: tf.Tensor2D) => losses.attentionContrast(x, zeros(x), { background: 1 }), one), // one logit is two classes
    mean((x: tf.Tensor2D) => losses.attentionContrast(x, zeros(x), { background: null }), classes),
    mean((x: tf.Tensor2D) => losses.attentionContrast(x, zeros(x), { background: null }), one),
    nothing((x: tf.Tensor2D) => losses.attentionContrast(x, zeros(x)), classes), // shows nothing, counts for nothing
  ],
  channelDistillation: [
    mean((x: tf.Tensor4D) => losses.channelDistillation(x, tf.mul(x, -2)), [1, 1, 2, 1]),
    nothing((x: tf.Tensor4D) => losses.channelDistillation(x, tf.mul(x, -2)), pixel), // one position has all
  ],
  cosFace: [mean(margin(losses.cosFace, 3), vector), nothing(margin(losses.cosFace, 1), vector)],
  crossEntropy: [
    mean(labelled(losses.crossEntropy, { labelSmoothing: 0.1 }), classes),
    mean(labelled(losses.crossEntropy, { classWeights: [2, 1, 1] }), classes),
    nothing(labelled(losses.crossEntropy), one),
    nothing(labelled(losses.crossEntropy, { labelSmoothing: 0.1, classWeights: [2] }), one),
    nothing(labelled(losses.crossEntropy, { ignore: 0 }), classes),
  ],
  diceLoss: [
    mean(segmented(losses.diceLoss), pixel),
    mean(segmented(losses.diceLoss, { scope: "batch" }), pixel),
    nothing(segmented(losses.diceLoss), pixelOfOne),
    nothing(segmented(losses.diceLoss, { ignore: 0 }), pixel),
  ],
  focalLoss: [
    mean(labelled(losses.focalLoss), classes),
    mean(labelled(losses.focalLoss, { gamma: 0.5, classWeights: [2, 1, 1] }), classes),
    nothing(labelled(losses.focalLoss), one),
    nothing(labelled(losses.focalLoss, { gamma: 0.5, classWeights: [2] }), one),
  ],
  infoNce: [
    nothing((a: tf.Tensor2D, b: tf.Tensor2D) => losses.infoNce(a, b), vector, vector),
    nothing((a: tf.Tensor2D, b: tf.Tensor2D) => losses.infoNce(a, b, { symmetric: true }), vector, vector),
  ],
  intraClassDistillation: [
    // one pixel is the centre of its class
    nothing((x: tf.Tensor4D) => losses.intraClassDistillation(x, other(x), zeroMap(x), { classes: 2 }), pixelOfOne),
  ],
  knowledgeDistillation: [
    mean((x: tf.Tensor2D) => losses.knowledgeDistillation(x, tf.mul(x, -2)), classes),
    nothing((x: tf.Tensor2D) => losses.knowledgeDistillation(x, tf.mul(x, -2)), one),
  ],
  lovaszSoftmax: [
    mean(segmented(losses.lovaszSoftmax), pixel),
    mean(segmented(losses.lovaszSoftmax, { scope: "batch" }), pixel),
    nothing(segmented(losses.lovaszSoftmax), pixelOfOne),
    nothing(segmented(losses.lovaszSoftmax, { ignore: 0 }), pixel),
  ],
  mcLoss: [
    mean((maps: tf.Tensor4D) => losses.mcLoss(maps, zeros(maps), ctx, { classes: 3 }).total, [1, 2, 3, 7]),
    mean(
      (maps: tf.Tensor4D) => losses.mcLoss(maps, zeros(maps), ctx, { classes: 3, signed: true }).total,
      [1, 1, 1, 3],
    ),
  ],
  mutualDistillation: [
    mean((a: tf.Tensor2D, b: tf.Tensor2D) => losses.mutualDistillation(a, b), classes, classes),
    nothing((a: tf.Tensor2D, b: tf.Tensor2D) => losses.mutualDistillation(a, b), one, one),
  ],
  mvHfmdLoss: [
    mean(hybrid, [1, 4, 3], classes),
    mean(scoreFused, [1, 4, 3], classes),
    mean(hybrid, [1, 1, 3], classes),
    nothing(hybrid, [1, 4, 1], one),
    nothing(scoreFused, [1, 1, 1], one),
  ],
  pairwiseConfusion: [
    nothing((x: tf.Tensor2D) => losses.pairwiseConfusion(x), classes),
    nothing((x: tf.Tensor2D) => losses.pairwiseConfusion(x, null, { distance: "euclidean" }), one),
    nothing((x: tf.Tensor2D) => losses.pairwiseConfusion(x, zeros(x)), classes),
    nothing((x: tf.Tensor2D) => losses.pairwiseConfusion(x, zeros(x)), one),
  ],
  pairwiseDistillation: [
    mean((x: tf.Tensor4D) => losses.pairwiseDistillation(x, tf.square(x), { patch: [1, 1] }), [1, 1, 2, 3]),
    nothing((x: tf.Tensor4D) => losses.pairwiseDistillation(x, tf.square(x)), pixelOfOne),
  ],
  pixelCrossEntropy: [
    mean(segmented(losses.pixelCrossEntropy), pixel),
    mean(segmented(losses.pixelCrossEntropy, { classWeights: [2, 1, 1], labelSmoothing: 0.1, ohem: {} }), pixel),
    nothing(segmented(losses.pixelCrossEntropy), pixelOfOne),
    nothing(segmented(losses.pixelCrossEntropy, { ignore: 0, ohem: { minKept: 0 } }), pixel),
  ],
  pixelDistillation: [
    mean((x: tf.Tensor4D) => losses.pixelDistillation(x, tf.mul(x, -2)), pixel),
    mean((x: tf.Tensor4D) => losses.pixelDistillation(x, tf.mul(x, -2), { labels: zeroMap(x) }), pixel),
    nothing((x: tf.Tensor4D) => losses.pixelDistillation(x, tf.mul(x, -2)), pixelOfOne),
    nothing((x: tf.Tensor4D) => losses.pixelDistillation(x, tf.mul(x, -2), { labels: zeroMap(x), ignore: 0 }), pixel),
  ],
  prototypeAlignment: [mean((x: tf.Tensor4D) => losses.prototypeAlignment(prototypes(x), prototypes(other(x))), pixel)],
  prototypeCrossEntropy: [
    mean((x: tf.Tensor4D) => losses.prototypeCrossEntropy(prototypes(other(x)), zeroMap(x)), [1, 2, 2, 3]),
    nothing((x: tf.Tensor4D) => losses.prototypeCrossEntropy(prototypes(x), zeroMap(x), { absent: "mask" }), pixel),
    nothing((x: tf.Tensor4D) => losses.prototypeCrossEntropy(prototypes(x, 1), zeroMap(x)), pixelOfOne),
  ],
  softLabelDistillation: [
    mean((x: tf.Tensor2D) => losses.softLabelDistillation(x, tf.mul(x, -2)), classes),
    mean((x: tf.Tensor2D) => losses.softLabelDistillation(x, x, { mixing: 0.5, labels: zeros(x) }), classes),
    nothing((x: tf.Tensor2D) => losses.softLabelDistillation(x, tf.mul(x, -2)), one),
  ],
  supervisedContrastive: [nothing(labelled(losses.supervisedContrastive as Labelled), vector)],
  tripletLoss: (["batchHard", "batchAll", "semiHard"] as const).flatMap((mining) =>
    (["euclidean", "squaredEuclidean", "cosine"] as const).flatMap((distance) => [
      nothing(triplet(mining, distance), vector),
      nothing(triplet(mining, distance), one),
    ]),
  ),
  tverskyLoss: [
    mean(segmented(losses.tverskyLoss), pixel),
    mean(segmented(losses.tverskyLoss, { scope: "batch" }), pixel),
    nothing(segmented(losses.tverskyLoss), pixelOfOne),
  ],
  viewCrossEntropy: [
    mean((x: tf.Tensor3D) => losses.viewCrossEntropy(x, zeros(x)), [1, 4, 3]),
    mean((x: tf.Tensor3D) => losses.viewCrossEntropy(x, zeros(x)), [1, 1, 3]),
    nothing((x: tf.Tensor3D) => losses.viewCrossEntropy(x, zeros(x)), [1, 4, 1]),
  ],
};

/** What is exported beside the losses; one row and one class of each are below. */
const others = [
  "channelGroups",
  "channelMask",
  "classPrototypes",
  "cosineScores",
  "labelsAt",
  "mcLossWeights",
  "mcScores",
  "resizeLogits",
  "totalLabelWeight",
];

const twice = (x: tf.Tensor): tf.Tensor => tf.concat([x, x], 0);

describeOnEngines("the smallest batch", () => {
  describe.each(Object.entries(cases))("%s", (_, own) => {
    it.each(own.map((each, i) => ({ ...each, i })))("of one row, or one class ($i: $is)", ({ inputs, loss, is, i }) =>
      tf.tidy(() => {
        const x = inputs.map((shape, j) => randomTensor(shape, 10 * i + j + 1));
        const { value, grads } = tf.valueAndGrads(loss)(x);
        const doubled = tf.valueAndGrads(loss)(x.map(twice));
        assertClose(value, is === "nothing" ? 0 : doubled.value);
        for (const [j, gradient] of grads.entries()) {
          expect(gradient.shape).toEqual(inputs[j]);
          if (is === "nothing") assertClose(gradient, new Float32Array(gradient.size), 0);
          else assertClose(twice(gradient), tf.mul(doubled.grads[j]!, 2));
        }
        if (is === "mean") expect(value.dataSync()[0]).toBeGreaterThan(0);
      }),
    );

    it("refuses a batch without rows", () => {
      const [{ inputs, loss }] = own as [Smallest];
      const none = inputs.map(([, ...rest]) => tf.zeros([0, ...rest]));
      expect(() => loss(...none)).toThrow(RangeError);
      expect(() => loss(...none)).toThrow(/: expected .*(at least one row|at least one image).*, got/);
    });
  });

  it("is refused where it means nothing", () => {
    const [logits, labels] = [randomTensor<tf.Tensor2D>([1, 3]), tf.zeros<tf.Rank.R1>([1], "int32")];
    expect(() => losses.pairwiseConfusion(logits, labels, { pairs: "halves" })).toThrow(
      'pairwiseConfusion: `pairs` "halves" needs an even batch, got 1 rows of `logits`.',
    );
    expect(() => losses.mcLoss(randomTensor([1, 2, 2, 4]), labels, ctx, { classes: 1 })).toThrow(
      "mcLoss: `classes` must be a whole number of at least 2, got 1.",
    );
    expect(() => losses.mcScores(tf.zeros([1, 0, 2, 4]), { classes: 2 })).toThrow(
      "mcScores: expected `maps` of at least one image and one position, got [1, 0, 2, 4].",
    );
    expect(() => losses.viewCrossEntropy(tf.zeros([1, 0, 3]), labels)).toThrow(
      "viewCrossEntropy: expected at least one view in `single`, got [1, 0, 3].",
    );
  });

  it("gives what scores and shares give", () => {
    const embeddings = tf.tensor2d([[3, 4]]);
    assertClose(losses.cosineScores({ embeddings, weight: tf.tensor2d([[2], [0]]) }), tf.tensor2d([[0.6]]));
    const maps = tf.tensor4d([1, 5, 3, 1], [1, 1, 2, 2]); // 5 and 3 win
    assertClose(losses.mcScores(maps, { classes: 1 }), tf.tensor2d([[4]]));
    assertClose(losses.totalLabelWeight(tf.tensor1d([0], "int32"), { classWeights: [3] }), 3);
    const one = losses.classPrototypes(tf.tensor4d([3, 4], [1, 1, 1, 2]), tf.zeros([1, 1, 1], "int32"), { classes: 1 });
    assertClose(one.prototypes, tf.tensor3d([0.6, 0.8], [1, 1, 2]));
    assertClose(one.cosines, tf.ones([1, 1, 1, 1]));
    assertClose(losses.labelsAt(tf.tensor3d([7], [1, 1, 1], "int32"), 2, 1), tf.fill([1, 2, 1], 7, "int32"));
    assertClose(losses.resizeLogits(tf.fill([1, 1, 1, 1], 5), 2, 3), tf.fill([1, 2, 3, 1], 5));
    expect(losses.channelGroups(1, 1)).toEqual([1]);
    expect([...losses.channelMask([1], rng(0))]).toEqual([1]);
  });
});

it("visits every export", () => {
  expect([...Object.keys(cases), ...others].sort()).toEqual(Object.keys(losses).sort());
});
