import * as tf from "@tensorflow/tfjs-core";
import { requireOneOf } from "./checks.js";
import { rng, type Rng } from "./random.js";

/**
 * The initial values of a weight, with n = fan-in (inputs of one output) and m = fan-out (outputs of one input):
 *
 * | init | values | ref |
 * | --- | --- | --- |
 * | `zeros`, `ones` | constant | |
 * | `xavierUniform` | U(±√(6 / (n + m))) | Glorot & Bengio 2010 |
 * | `xavierNormal` | N(0, 2 / (n + m)) | Glorot & Bengio 2010 |
 * | `heNormal` | N(0, 2 / n) | He et al. 2015, arXiv:1502.01852 |
 * | `heNormalFanOut` | N(0, 2 / m), as torchvision's ResNets | He et al. 2015 |
 * | `heUniform` | U(±√(6 / n)) | He et al. 2015 |
 * | `lecunNormal` | N(0, 1 / n) | LeCun et al. 1998 |
 * | `uniformFanIn` | U(±1 / √n), PyTorch's default for linear and convolution | |
 * | `truncatedNormal02` | N(0, 0.02²) within two standard deviations, as in ViT and BERT | |
 */
export type Init =
  | "zeros"
  | "ones"
  | "xavierUniform"
  | "xavierNormal"
  | "heNormal"
  | "heNormalFanOut"
  | "heUniform"
  | "lecunNormal"
  | "uniformFanIn"
  | "truncatedNormal02";

/** The fan-in and fan-out of a weight: how many inputs each output has, and how many outputs each input has. */
export interface Fans {
  /** Inputs of each output. */
  readonly fanIn: number;
  /** Outputs of each input. */
  readonly fanOut: number;
}

const INITS: Readonly<Record<Init, (random: Rng, size: number, fans: Fans) => Float32Array>> = {
  zeros: (_, size) => new Float32Array(size),
  ones: (_, size) => new Float32Array(size).fill(1),
  xavierUniform: (random, size, { fanIn, fanOut }) => uniform(random, size, Math.sqrt(6 / (fanIn + fanOut))),
  xavierNormal: (random, size, { fanIn, fanOut }) => random.normal(size, 0, Math.sqrt(2 / (fanIn + fanOut))),
  heNormal: (random, size, { fanIn }) => random.normal(size, 0, Math.sqrt(2 / fanIn)),
  heNormalFanOut: (random, size, { fanOut }) => random.normal(size, 0, Math.sqrt(2 / fanOut)),
  heUniform: (random, size, { fanIn }) => uniform(random, size, Math.sqrt(6 / fanIn)),
  lecunNormal: (random, size, { fanIn }) => random.normal(size, 0, Math.sqrt(1 / fanIn)),
  uniformFanIn: (random, size, { fanIn }) => uniform(random, size, 1 / Math.sqrt(fanIn)),
  truncatedNormal02: (random, size) => truncatedNormal(random, size, 0.02),
};

const uniform = (random: Rng, size: number, bound: number) => random.uniform(size, -bound, bound);

/** N(0, sd²), where a number outside two standard deviations is drawn again. */
function truncatedNormal(random: Rng, size: number, sd: number): Float32Array {
  const values = random.normal(size, 0, sd);
  for (let round = 0; values.some((value) => Math.abs(value) > 2 * sd); round++) {
    const again = random.split("truncated", round).normal(size, 0, sd);
    values.forEach((value, i) => {
      if (Math.abs(value) > 2 * sd) values[i] = again[i]!;
    });
  }
  return values;
}

/**
 * The fan-in and fan-out of a weight of shape [...window, in, out], such as a matrix [in, out] or a kernel
 * [height, width, in, out]. For a vector both are its length.
 */
export function fansOf(shape: readonly number[]): Fans {
  const [fanIn, fanOut] = [shape.at(-2) ?? shape.at(-1) ?? 1, shape.at(-1) ?? 1];
  const window = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  return { fanIn: window * fanIn, fanOut: window * fanOut };
}

/**
 * Makes a trainable variable. The same seed gives the same values on every machine and engine. The variable has no tfjs
 * name: its key in `Module.params` is its name.
 *
 * @param fans - default: `fansOf(shape)`, which is wrong only for depthwise kernels, whose channels do not mix
 * @throws RangeError for an unknown `init`
 */
export function variable<R extends tf.Rank = tf.Rank>(
  init: Init,
  shape: tf.ShapeMap[R],
  seed = 0,
  fans: Fans = fansOf(shape),
): tf.Variable<R> {
  requireInit("variable", init);
  const size = (shape as number[]).reduce((product, side) => product * side, 1);
  const values = INITS[init](rng(seed), size, fans);
  return tf.tidy(() => tf.variable(tf.tensor<R>(values, shape, "float32")));
}

/** Refuses a name that is no `Init`. Call it before anything is allocated. */
export function requireInit(who: string, init: Init): void {
  requireOneOf(who, { init }, Object.keys(INITS));
}
