import * as tf from "@tensorflow/tfjs-core";
import { requireOneOf } from "./checks.js";
import { rng, type Rng } from "./random.js";

/**
 * How a weight starts, with n = fan-in (numbers that meet in one output) and m = fan-out:
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

/** Numbers that meet in one output, and outputs that one number meets. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

const DRAWS: Readonly<Record<Init, (random: Rng, size: number, fans: Fans) => Float32Array>> = {
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

/** Draws again what falls outside two standard deviations. */
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
 * Fans of a weight [...window, in, out], such as a matrix [in, out] or a kernel [height, width, in, out]; of a vector,
 * its length for both.
 */
export function fansOf(shape: readonly number[]): Fans {
  const [fanIn, fanOut] = [shape.at(-2) ?? shape.at(-1) ?? 1, shape.at(-1) ?? 1];
  const window = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  return { fanIn: window * fanIn, fanOut: window * fanOut };
}

/**
 * A trainable variable, the same for the same seed on every machine and engine. It has no tfjs name: the keys of
 * `Module.params` are the names.
 *
 * @param fans - default: `fansOf(shape)`, wrong only where channels do not mix, as in a depthwise kernel
 * @throws RangeError for an `init` there is not
 */
export function variable<R extends tf.Rank = tf.Rank>(
  init: Init,
  shape: tf.ShapeMap[R],
  seed = 0,
  fans: Fans = fansOf(shape),
): tf.Variable<R> {
  requireInit("variable", init);
  const size = (shape as number[]).reduce((product, side) => product * side, 1);
  const values = DRAWS[init](rng(seed), size, fans);
  return tf.tidy(() => tf.variable(tf.tensor<R>(values, shape, "float32")));
}

/** Refuses a name that is no `Init`; for callers to validate a config with before anything is allocated. */
export function requireInit(who: string, init: Init): void {
  requireOneOf(who, { init }, Object.keys(DRAWS));
}
