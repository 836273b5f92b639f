import { sizeOf } from "@fovea/onnx-graph/kernels";
import type { Inputs } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { same, type Traits, type TraitsTable } from "./traits.js";

/** What is known of a kernel's speed. */
interface Speed {
  /**
   * What one element costs. A sum or a comparison goes at the speed of memory: at a million of them two threads took
   * twice as long as one, so it counts little. A logarithm takes ten times as long.
   */
  readonly cost: number;
  /** Elements from which the way into native code pays. */
  readonly from: number;
}

const quick: Speed = { cost: 1 / 16, from: 768 };
const slow: Speed = { cost: 2, from: 384 };

/**
 * Elements from which cpu's loop for shapes that differ, which works out every index, takes longer than the way into
 * native code.
 */
const slowBroadcast = 128;

const isBroadcast = (inputs: Inputs): boolean => inputs.some((x) => x && sizeOf(x.shape) !== sizeOf(inputs[0]!.shape));

const at = ({ cost, from }: Speed): Traits => ({
  work: (_, [y]) => cost * sizeOf(y!.shape),
  smallest: (given) => cost * (isBroadcast(given) ? Math.min(from, slowBroadcast) : from),
});

/** Kernels that work element by element: those of many nodes, or of functions computed one by one, are slow. */
export const elementwise: TraitsTable = {
  ...same(
    [
      ...[tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Cos, tf.Cosh, tf.Sin, tf.Sinh, tf.Tan],
      ...[tf.Elu, tf.Expm1, tf.Log, tf.Log1p, tf.Selu, tf.Softplus],
      ...[tf.Mod, tf.FloorDiv, tf.Pow],
    ],
    at(slow),
  ),
  ...same(
    [
      ...[tf.Erf, tf.Exp, tf.Reciprocal, tf.Rsqrt, tf.Sigmoid, tf.Sqrt, tf.Tanh],
      ...[tf.Ceil, tf.Floor, tf.Round, tf.Abs, tf.Neg, tf.Sign, tf.Square, tf.Step, tf.ClipByValue],
      ...[tf.Relu, tf.Relu6, tf.LeakyRelu, tf.Prelu, tf.EluGrad],
      ...[tf.IsFinite, tf.IsInf, tf.IsNan, tf.Select],
      ...[tf.Add, tf.AddN, tf.Sub, tf.Multiply, tf.RealDiv, tf.SquaredDifference, tf.Maximum, tf.Minimum],
      ...[tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual],
      ...[tf.LogicalAnd, tf.LogicalOr, tf.LogicalNot, tf.BitwiseAnd],
    ],
    at(quick),
  ),
};
