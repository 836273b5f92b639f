import * as tf from "@tensorflow/tfjs-core";
import { pick, reverse, tile } from "./copy-rows.js";
import { slice, split, unstack } from "./slice.js";
import { transpose } from "./transpose.js";
import type { Attrs, Run } from "../kernels/put-kernel.js";
import type { WasmKernel } from "./wasm-kernel.js";

type Copy = (x: tf.Tensor, attrs: Attrs, stock: Run) => tf.Tensor | tf.Tensor[];

/** Strings do not lie in WebAssembly's memory: they are left to the stock kernel. */
const copy = (name: string, run: Copy): WasmKernel => ({
  name,
  stock: "slow",
  run: (inputs, attrs, stock) => {
    const x = (inputs["x"] ?? inputs["value"])!;
    return x.dtype === "string" ? stock(inputs, attrs) : run(x, attrs, stock);
  },
});

const gather: WasmKernel = {
  name: tf.GatherV2,
  stock: "wrong",
  run: (inputs, attrs, stock) => {
    const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
    if (x.dtype === "string") return stock(inputs, attrs);
    const { axis, batchDims = 0 } = attrs as unknown as tf.GatherV2Attrs;
    const along = axisOf(axis, x);
    const places = indices.dataSync();
    const outside = places.find((place) => place < 0 || place >= x.shape[along]!);
    if (outside !== undefined)
      throw new Error(`GatherV2: the index value ${outside} is not in [0, ${x.shape[along]! - 1}]`);
    const { collectGatherOpShapeInfo } = tf.backend_util.segment_util;
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } = collectGatherOpShapeInfo(x, indices, along, batchDims); // prettier-ignore
    const rows = () => tf.reshape(x, [batchSize, outerSize, dimSize, sliceSize]) as tf.Tensor4D;
    return tf.tidy(() => tf.reshape(pick(rows(), places), outputShape));
  },
};

const axisOf = (axis: unknown, x: tf.Tensor): number => tf.util.parseAxisParam(axis as number, x.shape)[0]!;

export const copyKernels: readonly WasmKernel[] = [
  gather,
  copy(tf.Tile, (x, { reps }) => tile(x, reps as number[])),
  copy(tf.Reverse, (x, { dims }) => reverse(x, tf.util.parseAxisParam(dims as number[], x.shape))),
  copy(tf.Transpose, (x, { perm }, stock) =>
    transpose(x, perm as number[], (y, order) => stock({ x: y }, { perm: order })),
  ),
  copy(tf.Slice, (x, { begin, size }) => {
    const [from, sides] = tf.slice_util.parseSliceParams(x, begin as number[], size as number[]) as [
      number[],
      number[],
    ];
    return slice(x, from, sides);
  }),
  copy(tf.SplitV, (x, { numOrSizeSplits, axis }) => {
    const along = axisOf(axis, x);
    return split(x, tf.backend_util.prepareSplitSize(x, numOrSizeSplits as number | number[], along), along);
  }),
  copy(tf.Unpack, (x, { axis }) => unstack(x, axisOf(axis, x))),
];
