import { mergeSpans, paddedSpans, slicedSpans, sliceParams, stridedInfo, type Span } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { copyRuns, runsOf } from "./runs.js";
import { same, traits, type Direct, type TraitsTable } from "./traits.js";

function cutDirectly(spans: readonly Span[]): Direct | undefined {
  const runs = runsOf(mergeSpans(spans));
  if (!runs) return undefined;
  const copy = { ...runs, from: runs, to: { start: 0, step: runs.length } };
  return ([x], [y]) => copyRuns(x!, y!, copy);
}

/** Kernels that cut a box out of a tensor, or put one into a larger. */
export const slices: TraitsTable = {
  ...same([tf.Reverse, tf.FlipLeftRight, tf.MirrorPad], { serial: true }),
  [tf.Slice]: traits<tf.SliceAttrs>({
    serial: true,
    direct: ([x], _, attrs) => cutDirectly(slicedSpans(x!.shape, ...sliceParams(x!, attrs))),
  }),
  [tf.StridedSlice]: traits<tf.StridedSliceAttrs>({
    serial: true,
    direct([x], _, attrs) {
      const { begin, end, strides } = stridedInfo(x!, attrs);
      if (strides.some((step) => step !== 1)) return undefined;
      return cutDirectly(slicedSpans(x!.shape, begin, tf.slice_util.computeOutShape(begin, end, strides)));
    },
  }),
  [tf.PadV2]: traits<tf.PadV2Attrs>({
    serial: true,
    direct([x], _, { paddings, constantValue }): Direct | undefined {
      const runs = runsOf(paddedSpans(x!.shape, paddings));
      if (!runs) return undefined;
      const copy = { ...runs, from: { start: 0, step: runs.length }, to: runs };
      return ([from], [to]) => copyRuns(from!, to!.fill(constantValue as never), copy);
    },
  }),
};
