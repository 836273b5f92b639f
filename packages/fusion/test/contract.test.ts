import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { moduleOf, type Weights } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import { fusionContract, type FusionCheckName } from "../src/contract/index.js";
import type { Fusion } from "../src/fusion.js";
import { meanFusion } from "../src/mean-fusion.js";
import { tokenFusion } from "../src/token-fusion.js";

const views = (batch: number, view: number) => randomTensor([batch, view, 5], view);
const sequences = (batch: number, view: number) => randomTensor([batch, view, 3, 5], view);
const good = meanFusion("vector");
const merge = good.merge.bind(good);

/** A fusion of vectors that is right but for what is given. */
const vectors = (broken: Partial<Fusion>, params: Weights = {}): Fusion => ({
  ...good,
  ...moduleOf(params),
  ...broken,
});

const fresh = (seed = 0) => tf.tidy(() => tf.variable(randomTensor([5], seed)));
const firstView = (x: tf.Tensor) => tf.squeeze(tf.slice(x, [0, 0], [-1, 1]), [1]);
const turned = (x: tf.Tensor) => tf.concat([tf.slice(x, [0, 1]), tf.slice(x, [0, 0], [-1, 1])], 1);
const places = (count: number) => tf.reshape(tf.range(1, count + 1), [1, count, 1]);
let calls = 0;

const broken: readonly {
  what: string;
  breaks: FusionCheckName;
  says: string;
  make: () => Fusion;
  views?: typeof views;
}[] = [
  {
    what: "keeps the view axis",
    breaks: "merges one view and many into one value of the same shape",
    says: "expected 1 views to merge into [3, …] of rank 2, got [3, 1, 5]",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => tf.expandDims(merge(x, mask, ctx), 1)) }),
  },
  {
    what: "grows with the views without a mergeMask",
    breaks: "merges one view and many into one value of the same shape",
    says: "the merged shape depends on the number of views: 5; 10; 15; 20",
    make: () => vectors({ merge: (x) => tf.reshape(x, [x.shape[0]!, -1]) }),
  },
  {
    what: "marks masked positions as real",
    breaks: "marks the real positions of a merged sequence",
    says: "marks the positions of a masked view as real",
    views: sequences,
    make: () => ({
      ...tokenFusion({ dim: 5, slots: 3 }),
      mergeMask: (mask, tokens) => tf.ones([mask.shape[0], 1 + mask.shape[1] * (tokens - 1)]),
    }),
  },
  {
    what: "centres each view over the batch",
    breaks: "merges the rows of a batch independently",
    says: "row 0 merges to something else in a batch of one",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => merge(tf.sub(x, tf.mean(x, 0, true)), mask, ctx)) }),
  },
  {
    what: "weighs views by place although they are a set",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is null, but permuted views merge to something else",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => merge(tf.mul(x, places(x.shape[1]!)), mask, ctx)) }),
  },
  {
    what: "lays a set out in a ring, where turning it does not show",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is null, but permuted views merge to something else",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => merge(tf.mul(x, tf.square(turned(x))), mask, ctx)) }),
  },
  {
    what: "has slots that do not matter",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is 3, but permuted views merge to the same",
    make: () => vectors({ slots: 3 }),
  },
  {
    what: "looks at one view only",
    breaks: "depends on every real view",
    says: "view 1 has no say although it is real",
    make: () => vectors({ merge: (x) => tf.tidy(() => firstView(x)) }),
  },
  {
    what: "takes another way when there is a mask",
    breaks: "treats a mask of ones like no mask",
    says: "a mask of ones and no mask merge to different values",
    make: () => vectors({ merge: (x, mask, ctx) => (mask ? merge(x, mask, ctx) : tf.tidy(() => tf.max(x, 1))) }),
  },
  {
    what: "counts masked views",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite",
    make: () => vectors({ merge: (x, _, ctx) => merge(x, null, ctx) }),
  },
  {
    what: "multiplies by the mask, so that NaN gets through",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite",
    make: () =>
      vectors({
        merge: (x, mask, ctx) =>
          mask ? tf.tidy(() => merge(tf.mul(x, tf.expandDims(mask, 2)), null, ctx)) : merge(x, mask, ctx),
      }),
  },
  {
    what: "divides by all views, masked ones included",
    breaks: "treats a masked view like a view that is left out",
    says: "view 0 masked and view 0 left out merge to different values",
    make: () =>
      vectors({
        merge: (x, mask, ctx) =>
          tf.tidy(() => {
            const share = mask ? tf.div(tf.maximum(tf.sum(mask, 1, true), 1), x.shape[1]!) : 1;
            return tf.mul(merge(x, mask, ctx), share);
          }),
      }),
  },
  {
    what: "divides nothing by nothing",
    breaks: "gives finite values for a row without a real view",
    says: "merged to values that are not finite",
    make: () =>
      vectors({
        merge: (x, mask, ctx) =>
          tf.tidy(() => {
            const mean = merge(x, mask, ctx);
            return mask ? tf.add(mean, tf.mul(0, tf.log(tf.sum(mask, 1, true)))) : mean;
          }),
      }),
  },
  {
    what: "takes any number of views into its slots",
    breaks: "refuses wrong input by name",
    says: "expected a RangeError for more views than slots, got a value",
    make: () => vectors({ slots: 3 }),
  },
  {
    what: "merges no view into NaN",
    breaks: "refuses wrong input by name",
    says: "expected a RangeError for no view, got a value",
    make: () => vectors({ merge: (x) => tf.mean(x, 1) }),
  },
  {
    what: "has a param that does nothing",
    breaks: "has a gradient for every param and every real view",
    says: "no gradient reaches the param `idle`",
    make: () => vectors({}, { idle: fresh() }),
  },
  {
    what: "cuts the gradient of its views",
    breaks: "has a gradient for every param and every real view",
    says: "no gradient reaches view 0 although it is real",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => merge(bend(x, tf.zerosLike), mask, ctx)) }),
  },
  {
    what: "sends a gradient to masked views",
    breaks: "has no gradient for a masked view",
    says: "a masked view has a gradient of 5",
    make: () =>
      vectors({
        merge: (x, mask, ctx) =>
          tf.tidy(() =>
            merge(
              bend(x, (dy) => tf.add(dy, 1)),
              mask,
              ctx,
            ),
          ),
      }),
  },
  {
    what: "doubles its gradient",
    breaks: "has the gradient that finite differences give",
    says: "assertGradient: direction 0: finite differences give",
    make: () =>
      vectors({
        merge: (x, mask, ctx) =>
          tf.tidy(() =>
            merge(
              bend(x, (dy) => tf.mul(dy, 2)),
              mask,
              ctx,
            ),
          ),
      }),
  },
  {
    what: "learns in secret",
    breaks: "declares every variable it learns",
    says: "1 variables that get a gradient are missing in `params`",
    make: () => {
      const secret = fresh();
      return vectors({
        merge: (x, mask, ctx) => tf.tidy(() => tf.add(merge(x, mask, ctx), secret)),
        dispose: () => secret.dispose(),
      });
    },
  },
  {
    what: "leaks what it computes on the way",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs",
    make: () => vectors({ merge: (x, mask, ctx) => merge(tf.mul(x, 1), mask, ctx) }),
  },
  {
    what: "forgets to dispose its params",
    breaks: "leaves no tensor behind",
    says: "3 tensors more after 3 runs",
    make: () => vectors({ ...moduleOf({ scale: fresh() }), dispose: () => {} }),
  },
  {
    what: "disposes the views",
    breaks: "disposes nothing it was given",
    says: "disposed the views it was given, or returned them",
    make: () =>
      vectors({
        merge: (x, mask, ctx) => {
          const merged = merge(x, mask, ctx);
          x.dispose();
          return merged;
        },
      }),
  },
  {
    what: "draws noise of its own",
    breaks: "gives the same twice",
    says: "the same views merge to something else the second time",
    make: () => vectors({ merge: (x, mask, ctx) => tf.tidy(() => tf.add(merge(x, mask, ctx), tf.scalar(++calls))) }),
  },
  {
    what: "starts from another seed each time",
    breaks: "gives the same twice",
    says: "two instances of one config differ",
    make: () => scaling(fresh(++calls)),
  },
  {
    what: "remembers its first weights",
    breaks: "gives the same after its weights are copied by name",
    says: "a fresh instance with the same weights merges to something else",
    make: () => {
      const scale = fresh();
      let memory: number[] | undefined;
      return vectors(
        {
          merge: (x, mask, ctx) => tf.tidy(() => tf.mul(merge(x, mask, ctx), (memory ??= [...scale.dataSync()]))),
        },
        { scale },
      );
    },
  },
];

const scaling = (scale: tf.Variable) =>
  vectors({ merge: (x, mask, ctx) => tf.tidy(() => tf.mul(merge(x, mask, ctx), scale)) }, { scale });

/** The same values, with `change` on the way back. */
const bend = (x: tf.Tensor, change: (dy: tf.Tensor) => tf.Tensor) =>
  tf.customGrad((same) => ({ value: tf.clone(same as tf.Tensor), gradFunc: (dy) => change(dy) }))(x);

const check = (name: FusionCheckName, make: () => Fusion, its = views) =>
  fusionContract({ make, views: its }).find((one) => one.name === name)!;

describe("fusionContract", () => {
  for (const [what, make] of [
    ["without params", () => meanFusion("vector")],
    ["with params", () => scaling(fresh())],
  ] as const)
    for (const { name, run } of fusionContract({ make, views })) it(`agrees that a good fusion ${what} ${name}`, run);

  for (const { what, breaks, says, make, views: its } of broken)
    it(`catches a fusion that ${what}`, () => {
      expect(check(breaks, make, its).run).toThrow(says);
    });

  it("has a broken fusion here for each of its checks", () => {
    const all = fusionContract({ make: () => good, views }).map(({ name }) => name);
    expect([...new Set(broken.map(({ breaks }) => breaks))].sort()).toEqual([...all].sort());
  });

  it("checks views and slots permuted together where it is told how slots permute", () => {
    const options = { make: () => tokenFusion({ dim: 5, slots: 3 }), views: sequences };
    const order = fusionContract({ ...options, permuteSlots: () => {} }).find(({ name }) =>
      name.startsWith("depends on the order"),
    )!;
    expect(order.run).toThrow("views and slots permuted together merge to something else");
  });
});
