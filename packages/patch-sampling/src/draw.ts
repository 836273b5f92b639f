import { requireCounts, type Rng } from "@fovea/nn";

/**
 * Cells drawn from an attention map, and the factor of each. With p the attention and f the features,
 *
 *     Φ = sum_i p_i f_i  ≈  sum_k factors_k · p_{i_k} · f_{i_k}
 *
 * The factors are constants: they hold no gradient. A random draw has
 *
 *     E[ sum over the k with i_k = i of factors_k ] = 1   for every i with p_i > 0
 *
 * and that one identity makes the estimate unbiased, and its gradients for p and for f as well: each of the three is
 * linear in what the identity says is 1.
 */
export interface Draw {
  /** Distinct cells, in the order in which they were drawn. */
  readonly indices: Int32Array;
  /** The factor of each cell. */
  readonly factors: Float64Array;
  /** How often each cell was drawn: once without replacement. */
  readonly times: Int32Array;
}

/**
 * `count` independent draws from p. A cell that came n times has factor n / (count · p).
 *
 * @param p - probabilities; they need not sum to 1
 */
export function drawWithReplacement(p: ArrayLike<number>, count: number, rng: Rng): Draw {
  requireDraw("drawWithReplacement", p, count);
  const total = sum(p);
  const times = new Map<number, number>();
  for (const u of uniforms(rng, count)) {
    const index = cellAt(p, u * total);
    times.set(index, (times.get(index) ?? 0) + 1);
  }
  const indices = [...times.keys()];
  return {
    indices: Int32Array.from(indices),
    factors: Float64Array.from(indices, (index) => (times.get(index)! * total) / (count * p[index]!)),
    times: Int32Array.from(times.values()),
  };
}

/**
 * `count` draws from p, none of them twice: each from what is left. The k-th of n, with mass r_k = 1 - sum of the p
 * before it still there, has factor
 *
 *     ( r_k / p_k + n - k ) / n
 *
 * which averages n estimates: the k-th one knows what was drawn before, and takes its own draw for all that was left.
 * As many cells as there are, or more, are all of them, with factors of 1: nothing is random.
 *
 * Drawn by the Gumbel trick on log p: the `count` largest of log p + noise.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711, section 3.3, for the estimate. Its published gradient, and those
 * of its ports, are biased; this one is not.
 * @param p - probabilities; they need not sum to 1
 */
export function drawWithoutReplacement(p: ArrayLike<number>, count: number, rng: Rng): Draw {
  requireDraw("drawWithoutReplacement", p, count);
  const possible = support(p);
  if (count >= possible.length) return takeAll(p);
  const noise = uniforms(rng, p.length);
  const keys = new Float64Array(p).map((x, i) => Math.log(x) - Math.log(-Math.log(noise[i]!)));
  const least = keys.slice().sort()[p.length - count]!; // without a function to compare by: ten times as fast
  const largest = possible.filter((i) => keys[i]! >= least);
  const order = largest.sort((a, b) => keys[b]! - keys[a]!).slice(0, count);
  return { indices: Int32Array.from(order), factors: factorsOf(p, order), times: new Int32Array(count).fill(1) };
}

/** The factors of cells that were drawn without replacement, in the order in which they were drawn. */
export function factorsOf(p: ArrayLike<number>, order: ArrayLike<number>): Float64Array {
  const n = order.length;
  let left = sum(p);
  return Float64Array.from(order, (index, k) => {
    const factor = (Math.max(0, left) / p[index]! + n - 1 - k) / n;
    left -= p[index]!;
    return factor;
  });
}

/**
 * The `count` most probable cells, each with the same factor, as if they were all of the map. Nothing is random, and
 * the estimate is biased towards them.
 */
export function takeLargest(p: ArrayLike<number>, count: number): Draw {
  requireDraw("takeLargest", p, count);
  const order = support(p)
    .sort((a, b) => p[b]! - p[a]! || a - b)
    .slice(0, count);
  const mass = order.reduce((total, i) => total + p[i]!, 0);
  return {
    indices: Int32Array.from(order),
    factors: new Float64Array(order.length).fill(sum(p) / mass),
    times: new Int32Array(order.length).fill(1),
  };
}

/** Every cell that has any attention, with factors of 1: the exact sum. */
export function takeAll(p: ArrayLike<number>): Draw {
  requireDraw("takeAll", p, 1);
  const indices = Int32Array.from(support(p));
  const { length } = indices;
  return { indices, factors: new Float64Array(length).fill(1), times: new Int32Array(length).fill(1) };
}

// loops: a large map is gone through several times for each draw, and `Array.from` takes ten times as long

/** The cells that can be drawn. */
function support(p: ArrayLike<number>): number[] {
  const cells: number[] = [];
  for (let i = 0; i < p.length; i++) if (p[i]! > 0) cells.push(i);
  return cells;
}

function sum(xs: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += xs[i]!;
  return total;
}

/** Numbers in (0, 1), both ends excluded, so that their logarithms are finite. */
const uniforms = (rng: Rng, length: number): Float64Array =>
  new Float64Array(rng.uint32(length)).map((word) => (word + 0.5) / 2 ** 32);

/** The cell that a point of [0, total) falls into. */
function cellAt(p: ArrayLike<number>, point: number): number {
  let last = 0;
  for (let i = 0, left = point; i < p.length; i++) {
    if (p[i]! > 0) last = i;
    if ((left -= p[i]!) < 0) return i;
  }
  return last; // rounding
}

function requireDraw(who: string, p: ArrayLike<number>, count: number): void {
  requireCounts(who, { count });
  for (let i = 0; i < p.length; i++)
    if (!(p[i]! >= 0 && p[i]! < Infinity))
      throw new RangeError(`${who}: expected finite probabilities ≥ 0, got ${p[i]} in cell ${i}.`);
  if (!(sum(p) > 0)) throw new RangeError(`${who}: expected a cell with a probability above 0 among ${p.length}.`);
}
