import * as tf from "@tensorflow/tfjs-core";

type Attrs = Readonly<Record<string, unknown>>;

/** The gradient of a kernel by its input x, written with operations of x that have gradients themselves. */
type OfInput = (dy: tf.Tensor, x: tf.Tensor, attrs: Attrs) => tf.Tensor;

const ofInput: Readonly<Record<string, readonly [input: string, OfInput]>> = {
  [tf.Exp]: ["x", (dy, x) => tf.mul(dy, tf.exp(x))],
  [tf.Tanh]: ["x", (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x))))],
  [tf.Sigmoid]: ["x", (dy, x) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x))))],
  [tf.Elu]: ["x", (dy, x) => tf.mul(dy, tf.where(tf.greater(x, 0), tf.onesLike(x), tf.exp(tf.minimum(x, 0))))],
  [tf.Softmax]: [
    "logits",
    (dy, x, { dim }) => {
      const y = tf.softmax(x, dim as number);
      const weighted = tf.mul(dy, y);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y));
    },
  ],
};

/** How many gradients are being recorded: 2 inside `tf.grad(tf.grad(f))`. */
const depth = (): number => tf.engine().state.gradientDepth;

/**
 * tfjs's gradients of these kernels are made of the kernel's result, which its tape does not connect with the input: a
 * second derivative throws. Where gradients are taken of gradients, the input is kept too, and the gradient made of it;
 * otherwise nothing changes, and nothing more is kept.
 */
export function secondDerivative(stock: tf.GradConfig): tf.GradConfig {
  const [input, gradient] = ofInput[stock.kernelName]!;
  return {
    kernelName: stock.kernelName,
    outputsToSave: [true],
    get inputsToSave() {
      return depth() > 1 ? [input] : [];
    },
    gradFunc: (dy, saved, attrs) => {
      if (saved.length === 1) return stock.gradFunc(dy, saved, attrs);
      return { [input]: () => gradient(dy as tf.Tensor, saved[0]!, attrs) };
    },
  };
}

/** The kernels whose gradients tfjs makes of their outputs. */
export const gradientsFromOutputs: readonly string[] = Object.keys(ofInput);

/** The power, which the gradient by the exponent is made of, is computed again: both inputs are kept anyway. */
export function powGradient(stock: tf.GradConfig): tf.GradConfig {
  return {
    kernelName: tf.Pow,
    inputsToSave: ["a", "b"],
    gradFunc: (dy, [a, b], attrs) => {
      const by = (input: "a" | "b", power: tf.Tensor) => (stock.gradFunc(dy, [a!, b!, power], attrs) as Record<string, () => tf.Tensor>)[input]!(); // prettier-ignore
      return { a: () => by("a", a!), b: () => by("b", tf.pow(a!, b!)) }; // that by the base does not look at the power
    },
  };
}
