import * as tf from "@tensorflow/tfjs-core";
import { concatFusion, tokenFusion } from "../../src/index.js";
import { after, before, checked, merge, sequences, vectors, type Broken } from "./broken.js";

const firstViews = (x: tf.Tensor, count: number) => tf.slice(x, [0, 0], [-1, Math.min(count, x.shape[1]!)]);
const lastViews = (x: tf.Tensor, from: number) => tf.slice(x, [0, from], [-1, -1]);
const turned = (x: tf.Tensor) => tf.concat([lastViews(x, 1), firstViews(x, 1)], 1);
const places = (count: number) => tf.reshape(tf.range(1, count + 1), [1, count, 1]);

/** Moves the real views of each row to the front, with their mask. */
function closeGaps(x: tf.Tensor, mask: tf.Tensor2D): [tf.Tensor, tf.Tensor2D] {
  const order = tf.topk(mask, mask.shape[1]).indices;
  return [x, mask].map((some) => tf.gather(some, order, 1, 1)) as [tf.Tensor, tf.Tensor2D];
}

/** Bugs of the shape, the number and the order of views. */
export const brokenViews: readonly Broken[] = [
  {
    what: "has no name",
    breaks: "declares its name, its place and its slots",
    says: "`name` is empty",
    make: () => vectors({ name: "" }),
  },
  {
    what: "says that it merges maps, and merges vectors",
    breaks: "declares its name, its place and its slots",
    says: '`at` is "map", but the views it is tried on are [3, 7, 5]',
    make: () => vectors({ at: "map" }),
  },
  {
    what: "has half a slot",
    breaks: "declares its name, its place and its slots",
    says: "`slots` is 1.5",
    maxViews: 2,
    make: () => vectors({ slots: 1.5 }),
  },
  {
    what: "keeps the view axis",
    breaks: "merges one view and many into one value of the same shape",
    says: "expected 1 views to merge into [3, …] of rank 2, got [3, 1, 5]",
    make: () => after((y) => tf.expandDims(y, 1)),
  },
  {
    what: "keeps the view axis of one view, where there is nothing to merge",
    breaks: "merges one view and many into one value of the same shape",
    says: "expected 1 views to merge into [3, …] of rank 2, got [3, 1, 5]",
    make: () => after((y, { x }) => (x.shape[1] === 1 ? tf.clone(x) : y)),
  },
  {
    what: "squeezes the batch axis of one row away",
    breaks: "merges the rows of a batch independently",
    says: "row 0 merges to something else in a batch of one",
    make: () => after((y) => tf.squeeze(y)),
  },
  {
    what: "grows with the views without a mergeMask",
    breaks: "merges one view and many into one value of the same shape",
    says: "the merged shape depends on the number of views: 1 → […, 5], 2 → […, 10]",
    make: () => after((_, { x }) => tf.reshape(x, [x.shape[0]!, -1])),
  },
  {
    what: "merges to whole numbers",
    breaks: "merges one view and many into one value of the same shape",
    says: "expected merged numbers of float32, got int32",
    make: () => after((y) => tf.cast(y, "int32")),
  },
  {
    what: "fails from five views on",
    breaks: "merges one view and many into one value of the same shape",
    says: "must evenly divide the axis. (last merge: 7 views, no mask, in inference)",
    make: () => before((x) => (x.shape[1]! < 5 ? x : tf.split(x, 4, 1)[0]!)),
  },
  {
    what: "sees no more than four views",
    breaks: "depends on every real view",
    says: "view 4 has no say in row 0 although it is real (last merge: 7 views, mask 0111111 0100000 1111110",
    make: () =>
      vectors({
        merge: checked((x, mask, ctx) => merge(firstViews(x, 4), mask && (firstViews(mask, 4) as tf.Tensor2D), ctx)),
      }),
  },
  {
    what: "takes the mean of the means of four views each",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is null, but permuted views merge to something else (last merge: 7 views, no mask",
    make: () =>
      after((y, { x, mask, ctx }) =>
        x.shape[1]! <= 4 || mask
          ? y
          : tf.div(tf.add(merge(firstViews(x, 4), null, ctx), merge(lastViews(x, 4), null, ctx)), 2),
      ),
  },
  {
    what: "centres each view over the batch",
    breaks: "merges the rows of a batch independently",
    says: "row 0 merges to something else in a batch of one",
    make: () => before((x) => tf.sub(x, tf.mean(x, 0, true))),
  },
  {
    what: "mixes up rows and views where it reshapes",
    breaks: "merges the rows of a batch independently",
    says: "row 0 merges to something else in a batch of one",
    make: () => before((x) => tf.transpose(tf.reshape(x, [x.shape[1]!, x.shape[0]!, 5]), [1, 0, 2])),
  },
  {
    what: "weighs views by place although they are a set",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is null, but permuted views merge to something else",
    make: () => before((x) => tf.mul(x, places(x.shape[1]!))),
  },
  {
    what: "weighs views by place only if some are masked",
    breaks: "depends on the order of views only with `slots`",
    says: "permuted views merge to something else (last merge: 2 views, mask 10 10 01",
    make: () => before((x, { mask }) => (mask ? tf.mul(x, places(x.shape[1]!)) : x)),
  },
  {
    what: "lays a set out in a ring, where turning it does not show",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is null, but permuted views merge to something else",
    make: () => before((x) => tf.mul(x, tf.square(turned(x)))),
  },
  {
    what: "has slots that do not matter",
    breaks: "depends on the order of views only with `slots`",
    says: "`slots` is 3, but permuted views merge to the same",
    make: () => vectors({ slots: 3 }),
  },
  {
    what: "moves the views behind a masked one up",
    breaks: "keeps every view in its slot",
    says: "the views behind a masked one move up into its slot",
    make: () => {
      const inner = concatFusion({ at: "vector", slots: 3, channels: 5 });
      return {
        ...inner,
        merge: (x, mask, ctx) =>
          mask ? tf.tidy(() => inner.merge(...closeGaps(x, mask), ctx)) : inner.merge(x, null, ctx),
      };
    },
  },
  {
    what: "looks at one view only",
    breaks: "depends on every real view",
    says: "view 1 has no say in row 0 although it is real",
    make: () => after((_, { x }) => tf.squeeze(firstViews(x, 1), [1])),
  },
  {
    what: "takes any number of views into its slots",
    breaks: "refuses wrong input by name",
    says: "for more views than slots, got a value",
    make: () => vectors({ slots: 3 }),
  },
  {
    what: "merges no view into NaN",
    breaks: "refuses wrong input by name",
    says: "for no view, got a value",
    make: () => vectors({ merge: (x, mask, ctx) => (x.shape[1] === 0 ? tf.mean(x, 1) : merge(x, mask, ctx)) }),
  },
  {
    what: "merges no row into nothing",
    breaks: "refuses wrong input by name",
    says: "for no row, got a value",
    make: () => vectors({ merge: (x) => tf.mean(x, 1) }),
  },
  {
    what: "leaks when it refuses",
    breaks: "refuses wrong input by name",
    says: "1 tensors are left behind after no row was refused",
    make: () =>
      vectors({
        merge: (x, mask, ctx) => {
          const copy = tf.mul(x, 1);
          const merged = merge(copy, mask, ctx);
          copy.dispose();
          return merged;
        },
      }),
  },
  {
    what: "has a mergeMask without the class token",
    breaks: "marks the real positions of a merged sequence",
    says: "expected a `mergeMask` of [3,3], got [3,2]",
    views: sequences,
    make: () => ({ ...tokens(), mergeMask: (mask, count) => tf.slice(marks(mask, count), [0, 1], [-1, -1]) }),
  },
  {
    what: "marks masked positions as real",
    breaks: "marks the real positions of a merged sequence",
    says: "marks the positions of a masked view as real",
    views: sequences,
    make: () => ({ ...tokens(), mergeMask: (mask, count) => tf.onesLike(marks(mask, count)) }),
  },
  {
    what: "marks no position of a row without a real view",
    breaks: "marks the real positions of a merged sequence",
    says: "marks no position of row 1 as real",
    views: sequences,
    make: () => ({
      ...tokens(),
      mergeMask: (mask, count) => tf.tidy(() => tf.mul(marks(mask, count), tf.max(mask, 1, true))),
    }),
  },
  {
    what: "marks the positions in reverse",
    breaks: "treats a masked view like a view that is left out",
    says: "view 1 masked and view 1 left out merge to different values",
    views: sequences,
    make: () => ({ ...tokens(), mergeMask: (mask, count) => tf.tidy(() => tf.reverse(marks(mask, count), 1)) }),
  },
];

const tokens = () => tokenFusion({ dim: 5, slots: 3 });
const marks = (mask: tf.Tensor2D, count: number) => tokens().mergeMask!(mask, count);
