import * as tf from "@tensorflow/tfjs-core";

type Grads = Record<string, () => tf.Tensor>;

/** The product of all but one, for each along the axes; exact where some are 0. tfjs's own throws. */
const prod: tf.GradConfig = {
  kernelName: tf.Prod,
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => {
    const axes = tf.util.parseAxisParam((attrs as { axis?: number[] }).axis ?? x!.shape.map((_, i) => i), x!.shape);
    return { x: () => prodGradient(dy as tf.Tensor, x!, axes) };
  },
};

function prodGradient(dy: tf.Tensor, x: tf.Tensor, axes: number[]): tf.Tensor {
  const kept = x.shape.map((_, i) => i).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = tf.transpose(x, order);
  const sizeAlong = (some: readonly number[]) => some.reduce((product, axis) => product * x.shape[axis]!, 1);
  const outer = sizeAlong(kept);
  const rows = tf.reshape(moved, [outer, sizeAlong(axes)]);
  const others = tf.mul(tf.cumprod(rows, 1, true), tf.cumprod(rows, 1, true, true)); // those before times those after
  const dx = tf.mul(tf.reshape(dy, [outer, 1]), others);
  return tf.transpose(tf.reshape(dx, moved.shape), tf.backend_util.getUndoAxesPermutation(order));
}

/** Operands whose batch was repeated get the sum over the repetitions. tfjs's own throws. */
export function matMulGradient(stock: tf.GradConfig): tf.GradConfig {
  const summed = (gradient: () => tf.Tensor, shape: number[]) => () => sumTo(gradient(), shape);
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const { a, b } = stock.gradFunc(dy, saved, attrs) as Grads;
      return { a: summed(a!, saved[0]!.shape), b: summed(b!, saved[1]!.shape) };
    },
  };
}

/** Sums over the axes along which a tensor of `shape` was repeated. */
function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, x.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, shape);
}

/** The errors times the other operand, summed over the letters that this one lacks; tfjs has no gradient for it. */
const einsum: tf.GradConfig = {
  kernelName: tf.Einsum,
  saveAllInputs: true,
  gradFunc: (dy, operands, { equation }) => {
    const [left, output] = (equation as string).replace(/\s/g, "").split("->") as [string, string];
    const terms = left.split(",");
    return operands.map((x, i) => () => einsumGradient(dy as tf.Tensor, output, x, terms, operands, i)) as never;
  },
};

function einsumGradient(
  dy: tf.Tensor,
  output: string,
  x: tf.Tensor,
  terms: readonly string[],
  operands: readonly tf.Tensor[],
  i: number,
): tf.Tensor {
  const others = terms.filter((_, j) => j !== i);
  const isKnown = (letter: string) => [output, ...others].some((term) => term.includes(letter));
  const letters = [...terms[i]!];
  const equation = `${[output, ...others].join(",")}->${letters.filter(isKnown).join("")}`;
  const inputs = [dy, ...operands.filter((_, j) => j !== i)] as unknown as tf.NamedTensorMap;
  const product = tf.engine().runKernel(tf.Einsum, inputs, { equation }) as tf.Tensor;
  // letters that were only summed over
  const alone = letters.map((letter, axis) => (isKnown(letter) ? x.shape[axis]! : 1));
  return tf.broadcastTo(tf.reshape(product, alone), x.shape);
}

export const productGradients: readonly tf.GradConfig[] = [prod, einsum];
