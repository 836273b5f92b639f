import type { Rng } from "@fovea/nn";

/**
 * One number from Beta(alpha, alpha), which is symmetric about 1/2: two gammas x and y give x / (x + y). Small `alpha`
 * gives numbers near 0 and 1, alpha = 1 all in [0, 1] alike, a large one numbers near 1/2.
 */
export function betaSample(random: Rng, alpha: number): number {
  const [x, y] = [logGamma(random.split("x"), alpha), logGamma(random.split("y"), alpha)];
  return 1 / (1 + Math.exp(y - x));
}

/**
 * The logarithm of one number from Gamma(shape, 1): the number itself would be 0 for most small shapes.
 *
 * Exact, by rejection. A shape below 1 is that of shape + 1 times u^(1 / shape).
 *
 * Ref: Marsaglia and Tsang 2000, "A simple method for generating gamma variables", ACM TOMS 26 (3).
 */
function logGamma(random: Rng, shape: number): number {
  if (shape < 1) return logGamma(random.split("above 1"), shape + 1) + Math.log(openUniform(random)) / shape;
  const d = shape - 1 / 3;
  for (let round = 0; ; round++) {
    const draw = random.split(round);
    const z = draw.split("z").normal(1)[0]!;
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(openUniform(draw)) < (z * z) / 2 + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
}

/** Uniform in (0, 1), without its ends. */
const openUniform = (random: Rng): number => (random.split("u").uint32(1)[0]! + 0.5) / 2 ** 32;
