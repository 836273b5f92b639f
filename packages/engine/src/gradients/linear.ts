import * as tf from "@tensorflow/tfjs-core";

/**
 * Sums run the other way. tfjs's own also exchanges axes, so that shapes or numbers are wrong but along the last axis.
 */
const cumsum: tf.GradConfig = {
  kernelName: tf.Cumsum,
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};

/** What was mirrored comes back to where it was. tfjs's own forgets it. */
const mirrorPad: tf.GradConfig = {
  kernelName: tf.MirrorPad,
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => {
    const { paddings, mode } = attrs as unknown as tf.MirrorPadAttrs;
    const edge = mode === "reflect" ? 1 : 0; // the edge itself is not repeated
    const fold = (y: tf.Tensor, [before, after]: readonly [number, number], axis: number) => folded(y, axis, x!.shape[axis]!, [before, after], edge); // prettier-ignore
    return { x: () => paddings.reduce(fold, dy as tf.Tensor) };
  },
};

/** Along one axis: the middle, and on it what lies before and after it, turned round. */
function folded(
  y: tf.Tensor,
  axis: number,
  side: number,
  [before, after]: readonly [number, number],
  edge: number,
): tf.Tensor {
  const part = (start: number, length: number) => tf.slice(y, y.shape.map((_, i) => (i === axis ? start : 0)), y.shape.with(axis, length)); // prettier-ignore
  const onto = (piece: tf.Tensor, start: number) =>
    tf.pad(tf.reverse(piece, axis), y.shape.map((_, i) => (i === axis ? [start, side - start - piece.shape[axis]!] : [0, 0]))); // prettier-ignore
  const pieces = [part(before, side)];
  if (before > 0) pieces.push(onto(part(0, before), edge));
  if (after > 0) pieces.push(onto(part(before + side, after), side - edge - after));
  return tf.addN(pieces);
}

/** Each row of `dy` is added to the row of `x` that it was a copy of. tfjs's own throws where there are batches. */
const gather: tf.GradConfig = {
  kernelName: tf.GatherV2,
  inputsToSave: ["x", "indices"],
  gradFunc: (dy, [x, indices], attrs) => {
    const { axis, batchDims = 0 } = attrs as unknown as tf.GatherV2Attrs;
    return { x: () => gatherGradient(dy as tf.Tensor, x!, indices!, axis, batchDims), indices: () => indices! };
  },
};

function gatherGradient(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axis: number, batchDims: number): tf.Tensor {
  const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
  const { collectGatherOpShapeInfo } = tf.backend_util.segment_util;
  const { batchSize, outerSize, dimSize, sliceSize } = collectGatherOpShapeInfo(x, indices, along, batchDims);
  const count = indices.size / batchSize;
  const firsts = tf.tensor1d(
    Int32Array.from({ length: batchSize }, (_, batch) => batch * dimSize),
    "int32",
  ); // of each batch's rows
  const rows = tf.add(tf.reshape(indices, [batchSize, count]), tf.expandDims(firsts, 1));
  const errors = tf.transpose(tf.reshape(dy, [batchSize, outerSize, count, sliceSize]), [0, 2, 1, 3]);
  const ids = tf.reshape(rows, [batchSize * count]) as tf.Tensor1D;
  const sums = tf.unsortedSegmentSum(tf.reshape(errors, [batchSize * count, outerSize * sliceSize]), ids, batchSize * dimSize); // prettier-ignore
  const turned = tf.transpose(tf.reshape(sums, [batchSize, dimSize, outerSize, sliceSize]), [0, 2, 1, 3]);
  return tf.reshape(turned, x.shape);
}

/** The gradient of a split into one part, too: tfjs's own takes it for a list, and throws. */
const split: tf.GradConfig = {
  kernelName: tf.SplitV,
  gradFunc: (dy, _, { axis }) => ({ x: () => tf.concat([dy].flat(), axis as number) }),
};

const unpack: tf.GradConfig = {
  kernelName: tf.Unpack,
  gradFunc: (dy, _, { axis }) => ({ value: () => tf.stack([dy].flat(), axis as number) }),
};

const gatherNd: tf.GradConfig = {
  kernelName: tf.GatherNd,
  inputsToSave: ["params", "indices"],
  gradFunc: (dy, [params, indices]) => ({
    params: () => tf.scatterND(indices!, dy as tf.Tensor, params!.shape),
    indices: () => tf.zerosLike(indices!),
  }),
};

const scatterNd: tf.GradConfig = {
  kernelName: tf.ScatterNd,
  inputsToSave: ["indices"],
  gradFunc: (dy, [indices]) => ({
    updates: () => tf.gatherND(dy as tf.Tensor, indices!),
    indices: () => tf.zerosLike(indices!),
  }),
};

const flipLeftRight: tf.GradConfig = {
  kernelName: tf.FlipLeftRight,
  gradFunc: (dy) => ({ image: () => tf.reverse(dy as tf.Tensor, 2) }),
};

/** The gradients of kernels that move numbers and add them. */
export const linearGradients: readonly tf.GradConfig[] = [
  cumsum,
  mirrorPad,
  gather,
  split,
  unpack,
  gatherNd,
  scatterNd,
  flipLeftRight,
];
