import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Inputs } from "../kernels/put-kernel.js";
import { mayHoldNaN } from "./may-hold-nan.js";

/** Cases in which a kernel of stock `wasm` is wrong, though its backend accepts them: they are computed on cpu. */
export interface WrongKernel {
  readonly name: string;
  readonly wrong: string;
  when(inputs: Inputs, attrs: Attrs): boolean;
}

type When = WrongKernel["when"];

const some =
  (test: (x: tf.Tensor) => boolean): When =>
  (inputs) =>
    Object.values(inputs).some((x) => x != null && test(x));

const always: When = () => true;
const isEmpty = some((x) => x.size === 0);
const holdsNaN = some(mayHoldNaN);
const isNotFloat = some((x) => x.dtype !== "float32");
const holdsBools = some((x) => x.dtype === "bool");
const either =
  (...cases: readonly When[]): When =>
  (inputs, attrs) =>
    cases.some((when) => when(inputs, attrs));

const each = (names: readonly string[], wrong: string, when: When): WrongKernel[] =>
  names.map((name) => ({ name, wrong, when }));

const areNotFloats: When = ({ t, e }) => [t!, e!].some((x) => x.dtype !== "float32");
const boundsMeet: When = (_, { clipValueMin, clipValueMax }) => !((clipValueMin as number) < (clipValueMax as number));
const slopesAreOther: When = ({ x, alpha }) => !isSuffix(alpha!.shape, x!.shape) || mayHoldNaN(alpha!);
const isSuffix = (shape: readonly number[], of: readonly number[]): boolean =>
  shape.length <= of.length && shape.every((side, i) => side === of[of.length - shape.length + i]);

/** Whether a size is rounded up, so that there is a place more than XNNPACK, which rounds down, knows of. */
const roundsUp: When = ({ x, input, filter }, attrs) => {
  const { filterSize, filterShape, strides, pad, dilations, dimRoundingMode: mode } = attrs;
  if (mode == null || mode === "floor") return false;
  const kernel = filter?.shape ?? filterShape ?? [filterSize, filterSize].flat().slice(0, 2).concat(1, 1);
  const sizes = (rounding: unknown) => {
    const info = tf.backend_util.computeConv2DInfo((x ?? input)!.shape as Shape4D, kernel as Shape4D, strides as number, (dilations ?? 1) as number, pad as number, rounding as "floor"); // prettier-ignore
    return `${info.outHeight},${info.outWidth}`;
  };
  return sizes(mode) !== sizes("floor");
};
type Shape4D = [number, number, number, number];

const hasRows: When = ({ x }) => x!.shape.length > 1;

const fillsOtherwise: When = ({ image }, { fillValue }) => fillValue !== 0 || image!.shape[3]! > 4;

/** Functions of one number that take floats only. */
const curves = [
  tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Ceil, tf.Cosh, tf.Elu, tf.Exp, tf.Expm1, tf.Floor,
  tf.Cos, tf.Erf, tf.IsFinite, tf.IsInf, tf.IsNan, tf.Log, tf.Log1p, tf.Neg, tf.Reciprocal, tf.Round, tf.Rsqrt, tf.Selu,
  tf.Sigmoid, tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Tan, tf.Tanh,
]; // prettier-ignore

/** Whether images are not square, or of one pixel whose neighbours are asked for. */
const isNotSquare: When = ({ images, dy }, { halfPixelCenters }) => {
  const sides = [images!, dy!].map(({ shape }) => shape.slice(1, 3) as [number, number]);
  const isSquare = images!.shape[0] === 1 && sides.every(([height, width]) => height === width);
  return Boolean(halfPixelCenters) || !isSquare || images!.shape[1] === 1;
};

/** Every case that the loops of tfjs-backend-onnxruntime's tests found. */
export const wrongKernels: readonly WrongKernel[] = [
  ...each([tf.Relu, tf.Relu6, tf.Maximum, tf.Minimum], "0 or the bound for NaN", either(holdsBools, holdsNaN)),
  ...each([tf.ClipByValue], "a bound for NaN; whatever lay in memory where the bounds are equal", either(isNotFloat, holdsNaN, boundsMeet)), // prettier-ignore
  ...each([tf.ArgMax, tf.ArgMin], "a NaN that comes first wins", holdsNaN),
  ...each(
    [tf.TopK],
    "no order where there is NaN, or an infinity twice; of bools: whatever lay in memory",
    either(holdsBools, holdsNaN),
  ),
  ...each([tf.MaxPool, tf.AvgPool], "−∞ for windows of some maps with NaN or infinities; sizes that are rounded up", either(roundsUp, holdsNaN)), // prettier-ignore
  ...each([tf.Conv2D, tf.FusedConv2D, tf.DepthwiseConv2dNative, tf.FusedDepthwiseConv2D], "lays out rows of another size where sizes are rounded up", roundsUp), // prettier-ignore
  ...each([tf.Conv2DBackpropFilter, tf.DepthwiseConv2dNativeBackpropFilter], "of no images: whatever lay in memory; sizes that are rounded up", either(isEmpty, roundsUp)), // prettier-ignore
  ...each([tf.AvgPoolGrad], "leaves out the last windows where sizes are rounded up", roundsUp),
  ...each([tf.Pow], "NaN for 1 to the power of NaN; reads integers as other numbers", either(isNotFloat, holdsNaN)),
  ...each([tf.RealDiv, tf.Mod], "ends the program where integers are divided by 0; no bools", isNotFloat),
  ...each([tf.FloorDiv], "floats, not integers; ends the program where integers are divided by 0", always),
  ...each([tf.Max, tf.Min, tf.Mean, tf.All, tf.Any, tf.Softmax], "of no numbers: whatever lay in memory", isEmpty),
  ...each([tf.Prod], "of no numbers: whatever lay in memory; of bools: bools", either(isEmpty, holdsBools)),
  ...each(
    curves,
    "reads integers and bools as floats, or leaves what lay in memory, or computes in float32",
    isNotFloat,
  ),
  ...each([tf.Square, tf.LeakyRelu, tf.Step, tf.Atan2], "of bools: whatever lay in memory", holdsBools),
  ...each([tf.ResizeNearestNeighbor, tf.StridedSlice, tf.FlipLeftRight, tf.DepthToSpace], "reads integers and bools as floats", isNotFloat), // prettier-ignore
  ...each([tf.PadV2, tf.MirrorPad, tf.SpaceToBatchND, tf.BatchToSpaceND], "reads and writes out of bounds with bools", isNotFloat), // prettier-ignore
  ...each([tf.BatchMatMul, tf._FusedMatMul, tf.Einsum], "floats only", isNotFloat),
  ...each([tf.Cumsum, tf.Cumprod, tf.Sum, tf.UnsortedSegmentSum], "no bools", holdsBools),
  ...each([tf.Cast], "to bool: the low byte of a float", (_, { dtype }) => dtype === "bool"),
  ...each([tf.Fill], "of bools: holds the number as it is", (_, { dtype }) => dtype === "bool"),
  ...each([tf.Select], "reads numbers of one type as those of another", areNotFloats),
  ...each([tf.Prelu], "slopes that are not those of the last axes; NaN where an unused slope is; floats only", either(isNotFloat, isEmpty, slopesAreOther)), // prettier-ignore
  ...each([tf.OneHot], "writes floats and bools as integers", (_, { dtype }) => dtype !== "int32"),
  ...each([tf.Conv3D, tf.Conv3DBackpropInputV2, tf.Conv3DBackpropFilterV2, tf.MaxPool3D, tf.AvgPool3D, tf.MaxPool3DGrad, tf.AvgPool3DGrad], "takes one channel and one place for others", always), // prettier-ignore
  ...each([tf.MaxPoolWithArgmax, tf.Dilation2D, tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter], "start from 10⁻³⁸, so that maps of negative numbers have no greatest", always), // prettier-ignore
  ...each([tf.Transform], "“reflect” on one side of the image only", (_, { fillMode }) => fillMode === "reflect"),
  ...each([tf.RotateWithOffset], "fills with whole numbers, alpha with 255, and a fifth channel with whatever lay in memory", fillsOtherwise), // prettier-ignore
  ...each(
    [tf.CropAndResize],
    "half-way between two pixels, or at the edge of the image, the other one or none",
    always,
  ),
  ...each(
    [tf.Bincount],
    "counts row by row; weights that are bools: whatever lay in memory",
    either(holdsBools, hasRows),
  ),
  ...each([tf.DenseBincount], "weights that are bools: whatever lay in memory", holdsBools),
  ...each([tf.LinSpace, tf.Range], "add step by step in float32", always),
  ...each([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad], "of images that are not square, or with half-pixel centers: as on stock cpu", isNotSquare), // prettier-ignore
];
