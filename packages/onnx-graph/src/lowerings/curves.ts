import type { Value } from "../graph/types.js";
import type { Elements } from "./elementwise.js";

/*
 * Functions whose operators in ONNX Runtime lose their tails, or what is left of a difference near 0: its Sigmoid is 0
 * below −18, its Elu 0 above −10⁻⁸. These formulas lose nothing, and have no more error than a few roundings.
 */

/** 1 / (1 + e^−x): e^−x is as exact as x itself, however small the result. */
export const sigmoid = (e: Elements, x: Value): Value => e("Reciprocal", [e("Add", [e("Exp", [e("Neg", [x])]), 1])]);

/** e^x − 1 = 2t / (1 − t) with t = tanh(x / 2), for x up to 1, where 1 − t does not cancel out. */
function expm1Below1(e: Elements, x: Value): Value {
  const t = e("Tanh", [e("Mul", [e("Min", [x, 1]), 0.5])]);
  return e("Div", [e("Add", [t, t]), e("Sub", [e.scalar("float32", 1), t])]);
}

/** e^x − 1. */
export const expm1 = (e: Elements, x: Value): Value =>
  e("Where", [e("Less", [x, 0.5], "bool"), expm1Below1(e, x), e("Sub", [e("Exp", [x]), 1])], x.type);

/** x where positive, else e^x − 1. */
export const elu = (e: Elements, x: Value): Value => e("Add", [e("Max", [x, 0]), expm1Below1(e, e("Min", [x, 0]))]);

/** scale · (x where positive, else alpha · (e^x − 1)): Klambauer et al. 2017, eq. 2. */
export function selu(e: Elements, x: Value): Value {
  const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];
  const positive = e("Mul", [e("Max", [x, 0]), scale]);
  return e("Add", [positive, e("Mul", [expm1Below1(e, e("Min", [x, 0])), scale * alpha])]);
}

/** log(1 + x) for finite x above −1: what 1 + x loses of x is added to first order. */
function log1pNear0(e: Elements, x: Value): Value {
  const sum = e("Add", [x, 1]);
  const lost = e("Sub", [x, e("Sub", [sum, 1])]);
  return e("Add", [e("Log", [sum]), e("Div", [lost, sum])]);
}

/** log(1 + x). */
export function log1p(e: Elements, x: Value): Value {
  const isNear0 = e("Less", [e("Abs", [x]), 0.5], "bool");
  return e("Where", [isNear0, log1pNear0(e, x), e("Log", [e("Add", [x, 1])])], x.type);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|). ONNX Runtime's own takes four times as long. */
export const softplus = (e: Elements, x: Value): Value =>
  e("Add", [e("Relu", [x]), log1pNear0(e, e("Exp", [e("Neg", [e("Abs", [x])])]))]);
