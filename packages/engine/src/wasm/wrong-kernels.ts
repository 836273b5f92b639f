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
const holdsInts = some((x) => x.dtype === "int32");
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

const isNotSquare: When = ({ images, dy }, { halfPixelCenters }) => {
  const sides = [images!, dy!].map(({ shape }) => shape.slice(1, 3) as [number, number]);
  return Boolean(halfPixelCenters) || images!.shape[0] !== 1 || sides.some(([height, width]) => height !== width);
};

/** Every case that the loops of tfjs-backend-onnxruntime's tests found. */
export const wrongKernels: readonly WrongKernel[] = [
  ...each([tf.Relu, tf.Relu6, tf.Maximum, tf.Minimum], "0 or the bound for NaN", either(holdsNaN, holdsBools)),
  ...each([tf.ClipByValue], "a bound for NaN; whatever lay in memory where the bounds are equal", either(isNotFloat, holdsNaN, boundsMeet)), // prettier-ignore
  ...each([tf.ArgMax, tf.ArgMin], "a NaN that comes first wins", holdsNaN),
  ...each([tf.TopK], "no order where there is NaN, or an infinity twice", holdsNaN),
  ...each([tf.MaxPool, tf.AvgPool], "−∞ for windows of some maps with NaN or infinities", holdsNaN),
  ...each([tf.Pow], "NaN for 1 to the power of NaN; reads integers as other numbers", either(isNotFloat, holdsNaN)),
  ...each([tf.RealDiv, tf.Mod], "ends the program where integers are divided by 0", holdsInts),
  ...each([tf.FloorDiv], "floats, not integers; ends the program where integers are divided by 0", always),
  ...each([tf.Max, tf.Min, tf.Mean, tf.Prod, tf.All, tf.Any, tf.Softmax], "of no numbers: whatever lay in memory", isEmpty), // prettier-ignore
  ...each([tf.Exp, tf.Ceil, tf.Floor, tf.Round, tf.IsFinite, tf.IsInf, tf.IsNan], "reads integers and bools as floats", isNotFloat), // prettier-ignore
  ...each([tf.ResizeNearestNeighbor, tf.StridedSlice, tf.FlipLeftRight, tf.DepthToSpace], "reads integers and bools as floats", isNotFloat), // prettier-ignore
  ...each([tf.PadV2, tf.MirrorPad, tf.SpaceToBatchND, tf.BatchToSpaceND], "reads and writes out of bounds with bools", isNotFloat), // prettier-ignore
  ...each([tf.BatchMatMul, tf._FusedMatMul, tf.Einsum], "floats only", isNotFloat),
  ...each([tf.Cumsum, tf.Sum], "no bools", holdsBools),
  ...each([tf.Cast], "to bool: the low byte of a float", (_, { dtype }) => dtype === "bool"),
  ...each([tf.Fill], "of bools: holds the number as it is", (_, { dtype }) => dtype === "bool"),
  ...each([tf.Select], "reads numbers of one type as those of another", areNotFloats),
  ...each(
    [tf.Prelu],
    "slopes that are not those of the last axes; NaN where an unused slope is",
    either(isEmpty, slopesAreOther),
  ),
  ...each([tf.OneHot], "writes floats and bools as integers", (_, { dtype }) => dtype !== "int32"),
  ...each([tf.Conv3D, tf.Conv3DBackpropInputV2, tf.Conv3DBackpropFilterV2, tf.MaxPool3D, tf.AvgPool3D, tf.MaxPool3DGrad, tf.AvgPool3DGrad], "takes one channel and one place for others", always), // prettier-ignore
  ...each([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad], "of images that are not square, or with half-pixel centers: as on stock cpu", isNotSquare), // prettier-ignore
];
