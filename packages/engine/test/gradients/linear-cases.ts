import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";

/** A function that is linear in x but for a constant, and the shape of x. */
export type Case = readonly [name: string, shape: number[], f: (x: tf.Tensor) => tf.Tensor];

const random = <R extends tf.Rank = tf.Rank>(shape: number[], seed = 7): tf.Tensor<R> => randomTensor(shape, seed) as tf.Tensor<R>; // prettier-ignore
const int = (values: number[], shape = [values.length]): tf.Tensor => tf.tensor(values, shape, "int32");
const positive = <R extends tf.Rank = tf.Rank>(shape: number[]): tf.Tensor<R> => tf.add(tf.abs(random(shape)), 1);

const [four, five] = [
  (f: (x: tf.Tensor4D) => tf.Tensor) => (x: tf.Tensor) => f(x as tf.Tensor4D),
  (f: (x: tf.Tensor5D) => tf.Tensor) => (x: tf.Tensor) => f(x as tf.Tensor5D),
];

const moved: Case[] = [
  [
    "mirrorPad, reflect",
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 1],
        ],
        "reflect",
      ),
  ],
  [
    "mirrorPad, symmetric",
    [3, 4],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [3, 2],
          [0, 4],
        ],
        "symmetric",
      ),
  ],
  [
    "pad",
    [3, 4],
    (x) =>
      tf.pad(
        x,
        [
          [1, 2],
          [2, 1],
        ],
        3,
      ),
  ],
  ["slice", [3, 4, 5], (x) => tf.slice(x, [1, 0, 2], [2, -1, 2])],
  ["reverse", [2, 3, 4], (x) => tf.reverse(x, [0, 2])],
  ["flipLeftRight", [1, 3, 4, 2], four((x) => tf.image.flipLeftRight(x))],
  ["transpose", [2, 3, 4], (x) => tf.transpose(x, [2, 0, 1])],
  ["tile", [2, 3], (x) => tf.tile(x, [3, 2])],
  ["broadcastTo", [3, 1], (x) => tf.broadcastTo(x, [2, 3, 4])],
  ["concat", [2, 3], (x) => tf.concat([x, random([2, 4]), x], 1)],
  ["stack", [2, 3], (x) => tf.stack([x, random([2, 3]), x], 1)],
  ["split", [4, 6], (x) => tf.split(x, [1, 3, 2], 1)[1]!],
  ["split, one part", [4, 6], (x) => tf.split(x, 1, 1)[0]!],
  ["unstack", [3, 4], (x) => tf.unstack(x, 1)[2]!],
  ["unstack, one part", [3, 1], (x) => tf.unstack(x, 1)[0]!],
  ["bandPart", [4, 4], (x) => tf.linalg.bandPart(x, 1, 1)],
  ["reshape", [2, 6], (x) => tf.expandDims(tf.reshape(x, [3, 4]), 1)],
  ["clone and cast", [3], (x) => tf.cast(tf.clone(x), "float32")],
  [
    "spaceToBatchND",
    [1, 3, 5, 2],
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 3],
        [
          [1, 0],
          [0, 1],
        ],
      ),
  ],
  [
    "batchToSpaceND",
    [6, 2, 2, 2],
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 3],
        [
          [1, 0],
          [0, 2],
        ],
      ),
  ],
  ["where, t", [3, 4], (x) => tf.where(tf.greater(random([3, 4]), 0), x, random([3, 4], 3))],
  ["where, repeated", [4], (x) => tf.where(tf.greater(random([3, 4]), 0), x, random([3, 4], 3))],
];

const gathered: Case[] = [
  ...[0, 1, 2].map((axis): Case => [`gather along ${axis}`, [3, 4, 5], (x) => tf.gather(x, int([2, 0, 2]), axis)]),
  ["gather, indices of two axes", [3, 4, 5], (x) => tf.gather(x, int([2, 0, 1, 1], [2, 2]), 1)],
  ["gather, a batch", [2, 4, 3], (x) => tf.gather(x, int([0, 3, 3, 1, 0, 2], [2, 3]), 1, 1)],
  ["gather, a batch, the last axis", [2, 4, 3], (x) => tf.gather(x, int([0, 2, 2, 1, 0, 2], [2, 3]), 2, 1)],
  ["gather, a batch of two axes", [2, 2, 4], (x) => tf.gather(x, int([0, 3, 1, 1, 2, 0, 3, 3], [2, 2, 2]), 2, 2)],
  ["gatherND", [3, 4], (x) => tf.gatherND(x, int([0, 1, 2, 3, 0, 1], [3, 2]))],
  ["scatterND", [3], (x) => tf.scatterND(int([0, 2, 0], [3, 1]), x, [4])],
  ["unsortedSegmentSum", [5, 2], (x) => tf.unsortedSegmentSum(x, int([0, 2, 0, -1, 1]) as tf.Tensor1D, 3)],
];

const sums: Case[] = [
  ...[0, 1, 2].flatMap((axis) => [false, true].flatMap((exclusive) => [false, true].map((reverse): Case => [
    `cumsum along ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`, [2, 3, 4], (x) => tf.cumsum(x, axis, exclusive, reverse),
  ]))), // prettier-ignore
  ["sum", [2, 3, 4], (x) => tf.sum(x, [0, 2])],
  ["mean", [2, 3, 4], (x) => tf.mean(x, [0, 2], true)],
  ["add, repeated", [3, 1], (x) => tf.add(x, random([2, 3, 4]))],
  ["sub, repeated", [3], (x) => tf.sub(random([2, 3]), x)],
  ["mul, repeated", [3, 1], (x) => tf.mul(x, random([2, 3, 4]))],
  ["div", [3], (x) => tf.div(x, positive([2, 3]))],
  ["neg", [3], (x) => tf.neg(x)],
  ["addN", [3], (x) => tf.addN([x, x, random([3])])],
];

const products: Case[] = [
  ["matMul, a", [2, 3, 4], (a) => tf.matMul(a, random([2, 4, 5]))],
  ["matMul, a transposed", [4, 3], (a) => tf.matMul(a, random([4, 5]), true)],
  ["matMul, b repeated", [4, 5], (b) => tf.matMul(random([2, 3, 4]), b)],
  ["matMul, a repeated both ways", [2, 1, 3, 4], (a) => tf.matMul(a, random([3, 4, 5]))],
  ["matMul, b repeated both ways", [3, 5, 4], (b) => tf.matMul(random([2, 1, 3, 4]), b, false, true)],
  ["fused matMul", [3, 4], (a) => tf.fused.matMul({ a, b: random([4, 5]), bias: random([5]) })],
  ["einsum ij,jk->ik", [3, 4], (x) => einsum("ij,jk->ik", x, random([4, 5]))],
  ["einsum ij,jk->ik, the second", [4, 5], (x) => einsum("ij,jk->ik", random([3, 4]), x)],
  ["einsum ij->ji", [3, 4], (x) => einsum("ij->ji", x)],
  ["einsum ij->", [3, 4], (x) => einsum("ij->", x)],
  ["einsum ij,jk->", [3, 4], (x) => einsum("ij,jk->", x, random([4, 5]))],
  ["einsum abc,bd->cd", [2, 3, 4], (x) => einsum("abc,bd->cd", x, random([3, 5]))],
  ["einsum bqd,bkd->bqk", [2, 3, 4], (x) => einsum("bqd,bkd->bqk", random([2, 5, 4]), x)],
];

/** For `tf.einsum` this repository has a lint rule, since it has no gradient without this package. */
const einsum = (equation: string, ...tensors: tf.Tensor[]): tf.Tensor =>
  tf.engine().runKernel(tf.Einsum, tensors as unknown as tf.NamedTensorMap, { equation });

const explicit: tf.backend_util.ExplicitPadding = [[0, 0], [1, 0], [0, 1], [0, 0]]; // prettier-ignore

const convolutions: Case[] = [
  ["conv2d, x", [2, 5, 6, 3], four((x) => tf.conv2d(x, random([3, 2, 3, 4]), [2, 1], "same"))],
  ["conv2d, filter", [3, 2, 3, 4], four((w) => tf.conv2d(random<tf.Rank.R4>([2, 5, 6, 3]), w, [2, 1], "same"))],
  ["conv2d, x, padded by a number", [2, 5, 6, 3], four((x) => tf.conv2d(x, random([3, 3, 3, 4]), 2, 1, "NHWC", 1, "floor"))],
  ["conv2d, x, dilated", [1, 7, 7, 2], four((x) => tf.conv2d(x, random([3, 3, 2, 2]), 1, "same", "NHWC", 2))],
  ["conv2d, filter, dilated", [3, 3, 2, 2], four((w) => tf.conv2d(random<tf.Rank.R4>([1, 7, 7, 2]), w, 1, "same", "NHWC", 2))],
  ["conv2dTranspose, x", [1, 3, 4, 2], four((x) => tf.conv2dTranspose(x, random([3, 3, 5, 2]), [1, 6, 8, 5], 2, "same"))],
  ["conv2dTranspose, filter", [3, 3, 5, 2], four((w) => tf.conv2dTranspose(random<tf.Rank.R4>([1, 3, 4, 2]), w, [1, 6, 8, 5], 2, "same"))],
  ["depthwiseConv2d, x", [2, 5, 6, 3], four((x) => tf.depthwiseConv2d(x, random([3, 2, 3, 2]), 1, "same"))],
  ["depthwiseConv2d, filter", [3, 3, 3, 2], four((w) => tf.depthwiseConv2d(random<tf.Rank.R4>([2, 5, 6, 3]), w, 2, "same"))],
  ["depthwiseConv2d, filter, dilated", [3, 3, 2, 2], four((w) => tf.depthwiseConv2d(random<tf.Rank.R4>([2, 7, 7, 2]), w, 1, "same", "NHWC", 2))],
  ["fused conv2d", [1, 5, 5, 2], four((x) => tf.fused.conv2d({ x, filter: random([3, 3, 2, 3]), strides: 1, pad: "same", bias: random([3]) }))],
  ["fused depthwiseConv2d", [1, 5, 5, 2], four((x) => tf.fused.depthwiseConv2d({ x, filter: random([3, 3, 2, 1]), strides: 1, pad: "same" }))],
  ["conv3d, x", [1, 3, 4, 5, 2], five((x) => tf.conv3d(x, random([2, 3, 2, 2, 3]), [1, 2, 2], "same"))],
  ["conv3d, filter", [2, 3, 2, 2, 3], five((w) => tf.conv3d(random<tf.Rank.R5>([1, 3, 4, 5, 2]), w, [1, 2, 2], "same"))],
]; // prettier-ignore

const images: Case[] = [
  ...([[2, 2, "valid"], [3, 2, "same"], [[3, 2], [1, 2], "same"], [3, 1, 1], [2, 2, explicit]] as const).map(([size, strides, pad]): Case => [
    `avgPool ${JSON.stringify([size, strides, pad])}`, [2, 5, 6, 3],
    four((x) => tf.avgPool(x, size as number, strides as number, pad as number, typeof pad === "string" ? undefined : "floor")),
  ]), // prettier-ignore
  ["avgPool3d, padded", [1, 3, 4, 5, 2], five((x) => tf.avgPool3d(x, 2, 1, "same"))],
  ["avgPool3d", [1, 3, 4, 5, 2], five((x) => tf.avgPool3d(x, 2, 2, "valid"))],
  ["pool, dilated averages", [1, 6, 6, 2], four((x) => tf.pool(x, [2, 2], "avg", "same", [2, 2]))],
  ...[[false, false], [true, false], [false, true]].flatMap(([corners, half]): Case[] => [
    [`resizeBilinear up${corners ? ", corners aligned" : ""}${half ? ", half-pixel centers" : ""}`, [2, 3, 5, 2], four((x) => tf.image.resizeBilinear(x, [5, 4], corners, half))],
    [`resizeBilinear down${corners ? ", corners aligned" : ""}${half ? ", half-pixel centers" : ""}`, [2, 6, 5, 2], four((x) => tf.image.resizeBilinear(x, [3, 2], corners, half))],
    [`resizeNearestNeighbor${corners ? ", corners aligned" : ""}${half ? ", half-pixel centers" : ""}`, [2, 3, 5, 2], four((x) => tf.image.resizeNearestNeighbor(x, [7, 4], corners, half))],
    [`resizeNearestNeighbor of one pixel${corners ? ", corners aligned" : ""}${half ? ", half-pixel centers" : ""}`, [2, 1, 1, 2], four((x) => tf.image.resizeNearestNeighbor(x, [7, 7], corners, half))],
  ]), // prettier-ignore
  ["grayscaleToRGB", [2, 2, 1], (x) => tf.image.grayscaleToRGB(x as tf.Tensor3D)],
  ["rgbToGrayscale", [2, 2, 3], (x) => tf.image.rgbToGrayscale(x as tf.Tensor3D)],
  ["batchNorm, x", [2, 3, 3, 4], four((x) => tf.batchNorm(x, random<tf.Rank.R1>([4]), positive([4]), random([4]), random([4])))],
]; // prettier-ignore

export const linearCases: readonly Case[] = [...moved, ...gathered, ...sums, ...products, ...convolutions, ...images];
