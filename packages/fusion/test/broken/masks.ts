import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, moduleOf } from "@fovea/nn";
import { tokenFusion } from "../../src/index.js";
import { after, masked, merge, sequences, type Broken } from "./broken.js";

const real = (mask: tf.Tensor2D) => tf.cast(tf.notEqual(tf.cast(mask, "float32"), 0), "float32") as tf.Tensor2D;
const shareOfReal = (mask: tf.Tensor2D) => tf.div(tf.maximum(tf.sum(real(mask), 1, true), 1), mask.shape[1]);

const penalty = (mask: tf.Tensor2D) => tf.mul(tf.sub(1, tf.expandDims(real(mask), 2)), 1e9);

/** Σ_v m_v x_v / Σ_v m_v, as if the mask were weights. */
function weightedMean(x: tf.Tensor, mask: tf.Tensor2D): tf.Tensor {
  const weights = tf.expandDims(tf.cast(mask, "float32"), 2);
  const total = tf.sum(weights, 1);
  const sum = tf.sum(tf.mul(fillMasked(x, mask), weights), 1);
  return tf.div(sum, tf.where(tf.equal(total, 0), tf.onesLike(total), total));
}

/** Bugs of masks. */
export const brokenMasks: readonly Broken[] = [
  {
    what: "takes another way when there is a mask",
    breaks: "treats a mask of ones like no mask",
    says: "a mask of ones and no mask merge to different values",
    make: () => after((y, { x, mask }) => (mask ? y : tf.max(x, 1))),
  },
  {
    what: "takes another way when there is a mask, in training only",
    breaks: "treats a mask of ones like no mask",
    says: "a mask of ones and no mask merge to different values (last merge: 2 views, no mask, in training)",
    make: () => after((y, { x, mask, ctx }) => (mask || !ctx.training ? y : tf.max(x, 1))),
  },
  {
    what: "takes a mask of booleans for no mask",
    breaks: "reads every number but 0 in a mask alike",
    says: "a mask of bool is not read like one of 1 and 0",
    make: () => masked((mask) => (mask.dtype === "bool" ? null : mask)),
  },
  {
    what: "refuses masks of whole numbers",
    breaks: "reads every number but 0 in a mask alike",
    says: "must be float32 (last merge: 1 views, mask int32 1 1 1, in inference)",
    make: () =>
      masked((mask) => {
        if (mask.dtype === "int32") throw new TypeError("must be float32");
        return mask;
      }),
  },
  {
    what: "reads a mask of 2 as a weight",
    breaks: "reads every number but 0 in a mask alike",
    says: "a mask of 1, 2, 3, … and 0 is not read like one of 1 and 0",
    make: () => after((y, { x, mask }) => (mask ? weightedMean(x, mask) : y)),
  },
  {
    what: "takes 1 only for real",
    breaks: "reads every number but 0 in a mask alike",
    says: "a mask of 0.5 and 0 is not read like one of 1 and 0",
    make: () => masked((mask) => tf.equal<tf.Tensor2D>(tf.cast(mask, "float32"), 1)),
  },
  {
    what: "takes negative numbers for masked",
    breaks: "reads every number but 0 in a mask alike",
    says: "a mask of −1 and 0 is not read like one of 1 and 0",
    make: () => masked((mask) => tf.greater<tf.Tensor2D>(tf.cast(mask, "float32"), 0)),
  },
  {
    what: "marks the merged positions with the numbers of the mask",
    breaks: "reads every number but 0 in a mask alike",
    says: "a mask of 0.5 and 0 is not read like one of 1 and 0",
    views: sequences,
    make: () => {
      const inner = tokenFusion({ dim: 5, slots: null });
      const mergeMask = (mask: tf.Tensor2D, count: number) =>
        tf.tidy(() => tf.mul<tf.Tensor2D>(inner.mergeMask!(mask, count), tf.max(mask)));
      return { ...inner, mergeMask };
    },
  },
  {
    what: "counts masked views",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite",
    make: () => masked(() => null),
  },
  {
    what: "ignores the mask in training",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite (last merge: 2 views, mask 01 01 10, in training)",
    make: () => masked((mask, { ctx }) => (ctx.training ? null : mask)),
  },
  {
    what: "multiplies by the mask, so that NaN gets through",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite",
    make: () => after((y, { x, mask, ctx }) => (mask ? merge(tf.mul(x, tf.expandDims(real(mask), 2)), null, ctx) : y)),
  },
  {
    what: "adds a penalty to masked numbers that large ones beat",
    breaks: "ignores the values of a masked view",
    says: "merged to values that are not finite",
    make: () => after((_, { x, mask }) => tf.max(mask ? tf.sub(x, penalty(mask)) : x, 1)),
  },
  {
    what: "lets masked views into its running mean",
    breaks: "ignores the values of a masked view",
    says: "what a masked view holds gets into the weight `mean`",
    make: () => {
      const mean = tf.variable(tf.zeros([5]));
      const broken = after((y, { x, ctx }) => {
        if (ctx.training) mean.assign(tf.mean(x, [0, 1]));
        return y;
      });
      return { ...broken, ...moduleOf({}, { mean }) };
    },
  },
  {
    what: "divides by all views, masked ones included",
    breaks: "treats a masked view like a view that is left out",
    says: "view 0 masked and view 0 left out merge to different values",
    make: () => after((y, { mask }) => (mask ? tf.mul(y, shareOfReal(mask)) : y)),
  },
  {
    what: "divides by all views in training only",
    breaks: "treats a masked view like a view that is left out",
    says: "merge to different values (last merge: 2 views, mask 01 01 01, in training)",
    make: () => after((y, { mask, ctx }) => (mask && ctx.training ? tf.mul(y, shareOfReal(mask)) : y)),
  },
  {
    what: "has 0 in place of masked numbers under a maximum",
    breaks: "treats a masked view like a view that is left out",
    says: "masked and view 0 left out merge to different values",
    make: () => after((_, { x, mask }) => tf.max(fillMasked(x, mask), 1)),
  },
  {
    what: "divides nothing by nothing",
    breaks: "gives finite values for a row without a real view",
    says: "merged to values that are not finite",
    make: () => after((y, { mask }) => (mask ? tf.add(y, tf.mul(0, tf.log(tf.sum(mask, 1, true)))) : y)),
  },
  {
    what: "takes all views of a row without a real one",
    breaks: "gives finite values for a row without a real view",
    says: "merged to values that are not finite (last merge: 1 views, mask 1 0 1, in inference)",
    make: () => masked((mask) => tf.where(tf.tile(tf.any(tf.cast(mask, "bool"), 1, true), [1, mask.shape[1]]), mask, tf.onesLike(mask))), // prettier-ignore
  },
];
