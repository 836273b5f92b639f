import * as tf from "@tensorflow/tfjs-core";
import { after, before, fresh, merge, vectors, type Broken } from "./broken.js";

/** The same values, with `change` on the way back. */
const bend = (x: tf.Tensor, change: (dy: tf.Tensor) => tf.Tensor) =>
  tf.customGrad((same) => ({ value: tf.clone(same as tf.Tensor), gradFunc: (dy) => change(dy) }))(x);

const double = (dy: tf.Tensor) => tf.mul(dy, 2);

/** Bugs of gradients. */
export const brokenGradients: readonly Broken[] = [
  {
    what: "has a param that does nothing",
    breaks: "has a gradient for every param",
    says: "no gradient reaches the param `idle`",
    make: () => vectors({}, { idle: fresh() }),
  },
  {
    what: "cuts the gradient of a param in training",
    breaks: "has a gradient for every param",
    says: "no gradient reaches the param `scale` (last merge: 7 views, no mask, in training)",
    make: () => {
      const scale = fresh();
      return after((y, { ctx }) => tf.mul(y, ctx.training ? bend(scale, tf.zerosLike) : scale), { scale });
    },
  },
  {
    what: "cuts the gradient of its views",
    breaks: "has a gradient for every real view",
    says: "no gradient reaches view 0 although it is real",
    make: () => before((x) => bend(x, tf.zerosLike)),
  },
  {
    what: "cuts the gradient of one view",
    breaks: "has a gradient for every real view",
    says: "no gradient reaches view 6 although it is real",
    make: () => {
      const cut = (x: tf.Tensor) => bend(tf.slice(x, [0, 6], [-1, 1]), tf.zerosLike);
      return before((x) => (x.shape[1]! < 7 ? x : tf.concat([tf.slice(x, [0, 0], [-1, 6]), cut(x)], 1)));
    },
  },
  {
    what: "sends a gradient to masked views",
    breaks: "has no gradient for a masked view",
    says: "a masked view has a gradient of 1",
    make: () => before((x) => bend(x, (dy) => tf.add(dy, 1))),
  },
  {
    what: "lets masked views into the gradient of a param",
    breaks: "has no gradient for a masked view",
    says: "what a masked view holds changes the gradient of `scale` by NaN",
    make: () => {
      const scale = fresh();
      return before((x) => tf.mul(x, scale), { scale });
    },
  },
  {
    what: "has a gradient of NaN for a row without a real view",
    breaks: "has no gradient for a masked view",
    says: "a masked view has a gradient of NaN (last merge: 1 views, mask 1 0 1, in inference)",
    make: () => after((y) => tf.div(tf.mul(y, 2), tf.add(1, tf.norm(y, 2, 1, true)))),
  },
  {
    what: "doubles its gradient",
    breaks: "has the gradient that finite differences give",
    says: "assertGradient: direction 0: finite differences give",
    make: () => before((x) => bend(x, double)),
  },
  {
    what: "doubles its gradient when there is no mask",
    breaks: "has the gradient that finite differences give",
    says: "no mask, in inference",
    make: () => before((x, { mask }) => (mask ? x : bend(x, double))),
  },
  {
    what: "doubles the gradient of a param in training",
    breaks: "has the gradient that finite differences give",
    says: "assertParamGradient: `scale`: finite differences give",
    make: () => {
      const scale = fresh();
      return after((y, { ctx }) => tf.mul(y, ctx.training ? bend(scale, double) : scale), { scale });
    },
  },
  {
    what: "divides views by their length",
    breaks: "stays finite for zeros and large numbers",
    says: "merged views that are zeros to values that are not finite",
    make: () => before((x) => tf.div(x, tf.norm(x, 2, 2, true))),
  },
  {
    what: "takes the length of views, which has no gradient at 0",
    breaks: "stays finite for zeros and large numbers",
    says: "the gradient of `the views` is not finite where the views are zeros",
    make: () => before((x) => tf.div(x, tf.add(1, tf.norm(x, 2, 2, true)))),
  },
  {
    what: "divides by the spread of the views",
    breaks: "stays finite for zeros and large numbers",
    says: "merged views that are zeros to values that are not finite (last merge: 1 views, mask 1 1 1, in training)",
    make: () => after((y, { x, ctx }) => (ctx.training ? tf.div(y, tf.add(tf.max(x), tf.neg(tf.min(x)))) : y)),
  },
  {
    what: "adds up exponentials",
    breaks: "stays finite for zeros and large numbers",
    says: "merged views that are large to values that are not finite",
    make: () => after((_, { x, mask, ctx }) => tf.log(merge(tf.exp(x), mask, ctx))),
  },
  {
    what: "learns in secret",
    breaks: "declares every variable it learns",
    says: "1 variables that get a gradient are missing in `params`",
    make: () => {
      const secret = fresh();
      return { ...after((y) => tf.add(y, secret)), dispose: () => secret.dispose() };
    },
  },
];
