import * as tf from "@tensorflow/tfjs-core";
import { moduleOf, type Context, type Weights } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import type { FusionContractOptions, FusionLawName } from "../../src/contract/index.js";
import type { Fusion } from "../../src/fusion.js";
import { meanFusion } from "../../src/mean-fusion.js";
import { requireViews } from "../../src/require-views.js";

/** A fusion with one deliberate bug, and the law that finds it. */
export interface Broken extends Partial<FusionContractOptions> {
  /** What it does wrong: it "… ". */
  readonly what: string;
  readonly breaks: FusionLawName;
  /** Part of the message. */
  readonly says: string;
  readonly make: FusionContractOptions["make"];
}

export const views = (batch: number, view: number): tf.Tensor => randomTensor([batch, view, 5], view);
export const sequences = (batch: number, view: number): tf.Tensor => randomTensor([batch, view, 3, 5], view);

const good = meanFusion("vector");
export const merge = good.merge.bind(good);

/** A mean of vectors that is right but for what is given. */
export const vectors = (broken: Partial<Fusion>, params: Weights = {}, buffers: Weights = {}): Fusion => ({
  ...good,
  ...moduleOf(params, buffers),
  ...broken,
});

/** What `merge` is called with. */
interface Call {
  readonly x: tf.Tensor;
  readonly mask: tf.Tensor2D | null;
  readonly ctx: Context;
}

type Merge = Fusion["merge"];

/** Refuses wrong input as a fusion should, before the bug can meet it. */
export const checked =
  (inner: Merge): Merge =>
  (x, mask, ctx) => {
    requireViews(good, x, mask);
    return tf.tidy(() => inner(x, mask, ctx));
  };

/** The mean of views that were changed before. */
export const before = (change: (x: tf.Tensor, call: Call) => tf.Tensor, params: Weights = {}): Fusion =>
  vectors({ merge: checked((x, mask, ctx) => merge(change(x, { x, mask, ctx }), mask, ctx)) }, params);

/** The mean, changed afterwards. */
export const after = (change: (y: tf.Tensor, call: Call) => tf.Tensor, params: Weights = {}): Fusion =>
  vectors({ merge: checked((x, mask, ctx) => change(merge(x, mask, ctx), { x, mask, ctx })) }, params);

/** The mean under another mask. */
export const masked = (change: (mask: tf.Tensor2D, call: Call) => tf.Tensor2D | null): Fusion =>
  vectors({ merge: checked((x, mask, ctx) => merge(x, mask && change(mask, { x, mask, ctx }), ctx)) });

export const fresh = (seed = 0): tf.Variable => tf.tidy(() => tf.variable(randomTensor([5], seed)));
export const scaling = (scale: tf.Variable): Fusion => after((y) => tf.mul(y, scale), { scale });

/** A number that is another one at every call. */
export const counter = (): (() => number) => {
  let calls = 0;
  return () => ++calls;
};
