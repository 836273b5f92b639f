import { crossEntropy, mutualDistillation, mvHfmdLoss, type MvHfmdLossOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it, vi } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, view, classes] = [2, 3, 5];
const single = randomTensor<tf.Tensor3D>([batch, view, classes], 1);
const fused = randomTensor<tf.Tensor2D>([batch, classes], 2);
const labels = tf.tensor1d([4, 1], "int32");
const unknown = tf.tensor1d([-1, -1], "int32");
const meanView = tf.mean(single, 1) as tf.Tensor2D;

const loss = (z: tf.Tensor, fusedLogits: tf.Tensor, options?: MvHfmdLossOptions, y = labels) =>
  mvHfmdLoss({ single: z as tf.Tensor3D, fused: fusedLogits as tf.Tensor2D }, y, options);
const totalGrads = (options?: MvHfmdLossOptions, y = labels) =>
  tf.grads((z, f) => loss(z, f, options, y).total)([single, fused]) as [tf.Tensor3D, tf.Tensor2D];
const views = (...order: number[]) =>
  tf.concat(
    order.map((i) => tf.slice(single, [0, i, 0], [batch, 1, classes])),
    1,
  );

describeOnEngines("mvHfmdLoss", () => {
  it("is ln(classes) twice and no distillation on all-zero logits", () => {
    const { total, terms } = loss(tf.zeros([batch, view, classes]), tf.zeros([batch, classes]));
    assertClose(terms["fused"]!, Math.log(classes), 1e-6);
    assertClose(terms["single"]!, Math.log(classes), 1e-6);
    assertClose(terms["distillation"]!, 0, 0);
    assertClose(total, 2 * Math.log(classes), 1e-6);
  });

  it("adds its terms, the distillation times lambda", () => {
    const { total, terms } = loss(single, fused, { lambda: 0.3, temperature: 2 });
    assertClose(terms["fused"]!, crossEntropy(fused, labels), 1e-6);
    const perView = [0, 1, 2].map((i) => crossEntropy(tf.squeeze(views(i), [1]) as tf.Tensor2D, labels).dataSync()[0]!);
    assertClose(terms["single"]!, (perView[0]! + perView[1]! + perView[2]!) / view, 1e-6);
    assertClose(terms["distillation"]!, mutualDistillation(meanView, fused, { temperature: 2 }), 1e-6);
    const sum = tf.add(tf.add(terms["fused"]!, terms["single"]!), tf.mul(terms["distillation"]!, 0.3));
    assertClose(total, sum, 1e-6);
  });

  it("with `score-fused` classifies the mean logits, which costs no more than the views do", () => {
    const score = loss(single, fused, { singleLoss: "score-fused" }).terms["single"]!;
    assertClose(score, crossEntropy(meanView, labels), 1e-6);
    expect(score.dataSync()[0]).toBeLessThan(loss(single, fused).terms["single"]!.dataSync()[0]!);
    const copies = views(1, 1, 1); // equal views: mean of the losses = loss of the mean
    assertClose(loss(copies, fused, { singleLoss: "score-fused" }).total, loss(copies, fused).total, 1e-6);
  });

  it("has the paper's distillation gradients, lambda tau / 2B (p - q) and 1/view of its opposite for each view", () => {
    const [lambda, temperature] = [0.7, 5];
    const [forSingle, forFused] = totalGrads({ lambda, temperature }, unknown); // unknown labels: distillation alone
    const soft = (z: tf.Tensor) => tf.softmax(tf.div(z, temperature));
    const expected = tf.mul(tf.sub(soft(fused), soft(meanView)), (lambda * temperature) / (2 * batch));
    assertClose(forFused, expected, 1e-7);
    const each = tf.tile(tf.expandDims(tf.div(tf.neg(expected), view), 1), [1, view, 1]);
    assertClose(forSingle, each, 1e-7);
    assertClose(tf.add(tf.sum(forSingle, 1), forFused), tf.zeros([batch, classes]), 1e-8);
  });

  it("separates the branches at lambda 0", () => {
    const [forSingle, forFused] = totalGrads({ lambda: 0 });
    const alone = tf.grad((z) => tf.mean(crossEntropy(z as tf.Tensor2D, labels)))(fused);
    assertClose(forFused, alone, 1e-7);
    const other = tf.grad((z) => loss(z, tf.mul(fused, -3), { lambda: 0 }).total)(single);
    assertClose(forSingle, other, 0);
  });

  it("does not depend on the order of the views", () => {
    assertClose(loss(views(2, 0, 1), fused).total, loss(single, fused).total, 1e-6);
  });

  it("is with one view the loss of that view alone, whatever is fused: ln(classes) once on all-zero logits", () => {
    const zeros = loss(tf.zeros([batch, 1, classes]), tf.zeros([batch, classes]));
    assertClose(zeros.total, Math.log(classes), 1e-6);
    for (const singleLoss of ["per-view", "score-fused"] as const) {
      const { total, terms } = loss(views(0), fused, { lambda: 10, singleLoss });
      assertClose(total, crossEntropy(tf.squeeze(views(0), [1]) as tf.Tensor2D, labels), 1e-6);
      assertClose(terms["fused"]!, 0, 0);
      assertClose(terms["distillation"]!, 0, 0);
    }
    const forFused = tf.grad((f) => loss(views(0), f, { lambda: 10 }).total)(fused);
    assertClose(forFused, tf.zeros([batch, classes]), 0);
    assertClose(loss(views(0), tf.fill([batch, classes], NaN)).total, loss(views(0), fused).total, 0);
  });

  it("classifies what is fused of one view, too, if it is asked to", () => {
    const { total, terms } = loss(views(0), fused, { lambda: 10, minFusedViews: 1 });
    assertClose(terms["fused"]!, crossEntropy(fused, labels), 1e-6);
    assertClose(terms["distillation"]!, 0, 0);
    assertClose(total, tf.add(terms["fused"]!, terms["single"]!), 1e-6);
    assertClose(loss(single, fused, { minFusedViews: 1 }).total, loss(single, fused).total, 0); // all have three
  });

  it("has the gradient that finite differences give, where no stop-gradient hides", () => {
    const mask = tf.tensor2d([1, 1, 0, 0, 1, 0], [batch, view]);
    for (const options of [{}, { mask }, { singleLoss: "score-fused", mask }] as const)
      assertGradient((z, f) => loss(z, f, { ...options, lambda: 0 }).total, [single, fused], { tolerance: 2e-3 });
  });

  it("leaves nothing behind", () => {
    const mask = tf.tensor2d([1, 1, 0, 0, 1, 0], [batch, view]);
    assertNoLeak(() => ({ ...loss(single, fused, { mask }) }) as unknown as tf.TensorContainer);
    assertNoLeak(() => totalGrads({ mask, singleLoss: "score-fused" }));
  });
});

describeOnEngines("mvHfmdLoss with a mask", () => {
  const full = tf.ones<tf.Rank.R2>([batch, view]);
  const padded = (value: number) => tf.concat([views(0, 1), tf.fill([batch, 1, classes], value)], 1);
  const mask = tf.tensor2d([1, 1, 0, 1, 1, 0], [batch, view]);

  it.each(["per-view", "score-fused"] as const)("of ones changes nothing, %s", (singleLoss) => {
    const [masked, plain] = [loss(single, fused, { mask: full, singleLoss }), loss(single, fused, { singleLoss })];
    assertClose(masked.total, plain.total, 1e-6);
  });

  it.each(["per-view", "score-fused"] as const)("equals the loss without the padded views, %s", (singleLoss) => {
    for (const value of [0, 1000, NaN]) {
      const [masked, less] = [
        loss(padded(value), fused, { mask, singleLoss }),
        loss(views(0, 1), fused, { singleLoss }),
      ];
      assertClose(masked.total, less.total, 1e-6);
      assertClose(masked.terms["distillation"]!, less.terms["distillation"]!, 1e-6);
    }
    const gradient = tf.grad((z) => loss(z, fused, { mask, singleLoss }).total)(padded(NaN));
    assertClose(tf.slice(gradient, [0, 2, 0], [batch, 1, classes]), tf.zeros([batch, 1, classes]), 0);
  });

  it("lets only collections of two real views or more distil, and classifies only those as a whole", () => {
    const some = tf.tensor2d([1, 1, 0, 0, 1, 0], [batch, view]);
    const first = <T extends tf.Tensor>(x: T) => tf.slice(x, 0, 1) as T;
    const expected = mutualDistillation(first(tf.mean(views(0, 1), 1)) as tf.Tensor2D, first(fused));
    const { terms } = loss(single, fused, { mask: some });
    assertClose(terms["distillation"]!, expected, 1e-6);
    assertClose(terms["fused"]!, crossEntropy(first(fused), first(labels)), 1e-6);
    const every = loss(single, fused, { mask: some, minFusedViews: 1 });
    assertClose(every.terms["fused"]!, crossEntropy(fused, labels), 1e-6);
    assertClose(every.terms["distillation"]!, expected, 1e-6);
  });

  it("of one real view a collection is the loss of a batch of those views", () => {
    const one = tf.tensor2d([0, 1, 0, 0, 1, 0], [batch, view]);
    for (const minFusedViews of [1, 2])
      assertClose(
        loss(single, fused, { mask: one, minFusedViews }).total,
        loss(views(1), fused, { minFusedViews }).total,
        1e-6,
      );
  });

  it("lets a collection without a real view count for nothing", () => {
    const half = tf.tensor2d([1, 1, 1, 0, 0, 0], [batch, view]);
    const first = <T extends tf.Tensor>(x: T) => tf.slice(x, 0, 1) as T;
    for (const singleLoss of ["per-view", "score-fused"] as const) {
      const whole = loss(single, fused, { mask: half, singleLoss });
      assertClose(whole.total, loss(first(single), first(fused), { singleLoss }, first(labels)).total, 1e-6);
    }
  });
});

describeOnEngines("mvHfmdLoss with a collection of no real view", () => {
  it.each(["per-view", "score-fused"] as const)("lets it hold NaN, %s", (singleLoss) => {
    const mask = tf.tensor2d([1, 1, 1, 0, 0, 0], [batch, view]);
    const first = <T extends tf.Tensor>(x: T) => tf.slice(x, 0, 1) as T;
    const poisoned = (x: tf.Tensor) => tf.concat([first(x), tf.fill([1, ...x.shape.slice(1)], NaN)]);
    const inputs = [poisoned(single), poisoned(fused)];
    const half = (z: tf.Tensor, f: tf.Tensor) => loss(z, f, { mask, singleLoss }).total;
    const whole = (z: tf.Tensor, f: tf.Tensor) => loss(z, f, { singleLoss }, first(labels)).total;
    assertClose(half(inputs[0]!, inputs[1]!), whole(first(single), first(fused)), 1e-6);
    const expected = tf.grads(whole)([first(single), first(fused)]);
    tf.grads(half)(inputs).forEach((gradient, i) =>
      assertClose(gradient, tf.concat([expected[i]!, tf.zerosLike(expected[i]!)]), 1e-6),
    );
  });
});

describeOnEngines("mvHfmdLoss with unknown labels", () => {
  it("is only the distillation, and 0 without it, never NaN", () => {
    const { total, terms } = loss(single, fused, {}, unknown);
    assertClose(terms["fused"]!, 0, 0);
    assertClose(terms["single"]!, 0, 0);
    assertClose(total, tf.mul(mutualDistillation(meanView, fused), 0.1), 1e-6);
    const [forSingle, forFused] = totalGrads({ lambda: 0 }, unknown);
    assertClose(forSingle, tf.zeros([batch, view, classes]), 0);
    assertClose(forFused, tf.zeros([batch, classes]), 0);
  });
});

describeOnEngines("mvHfmdLoss and the engine", () => {
  it("reads nothing back but the labels it was given, once", () => {
    const reads: tf.Tensor[] = [];
    const spy = vi.spyOn(tf.Tensor.prototype, "dataSync").mockImplementation(function (this: tf.Tensor) {
      reads.push(this);
      return Int32Array.from([4, 1]) as never;
    });
    try {
      loss(single, fused, { mask: tf.ones([batch, view]) });
    } finally {
      spy.mockRestore();
    }
    const looksItself = tf.getKernel("HostCheck", tf.getBackend()) !== undefined; // an engine that compiles
    expect(reads).toEqual(looksItself ? [] : [labels]);
  });
});

describeOnEngines("mvHfmdLoss refuses", () => {
  it("shapes that do not belong together", () => {
    expect(() => loss(single, tf.zeros([3, classes]))).toThrow(
      "mvHfmdLoss: expected `fused` of shape [batch, classes] (batch=2 from `single`, classes=5 from `single`), got [3, 5].",
    );
    expect(() => loss(single, fused, { mask: tf.ones([batch, 2]) })).toThrow(
      "mvHfmdLoss: expected `mask` of shape [batch, view] (batch=2 from `single`, view=3 from `single`), got [2, 2].",
    );
    expect(() => loss(single, fused, {}, tf.tensor1d([1], "int32"))).toThrow("mvHfmdLoss: expected `labels`");
  });

  it("a label that is no class, in its own name", () => {
    expect(() => loss(single, fused, {}, tf.tensor1d([4, 5], "int32"))).toThrow(
      "mvHfmdLoss: expected `labels` in 0 … 4 (classes=5 from the logits) or `ignore` -1, got 5 in row 1.",
    );
  });

  it("a lambda below 0, a temperature of 0, a number of views that is none and an unknown single loss", () => {
    expect(() => loss(single, fused, { minFusedViews: 0 })).toThrow(
      "mvHfmdLoss: `minFusedViews` must be a whole number of at least 1, got 0.",
    );
    expect(() => loss(single, fused, { lambda: -1 })).toThrow("mvHfmdLoss: expected a finite `lambda` ≥ 0, got -1.");
    expect(() => loss(single, fused, { temperature: 0 })).toThrow("expected a finite `temperature` > 0, got 0.");
    const singleLoss = "mean" as unknown as "per-view";
    expect(() => loss(single, fused, { singleLoss })).toThrow(
      "mvHfmdLoss: `singleLoss` must be one of per-view, score-fused, got mean.",
    );
  });
});
