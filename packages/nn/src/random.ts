/** A stream of random numbers. The same key always gives the same numbers, on every machine and backend. */
export interface Rng {
  /** The complete state: 64 bits, as two unsigned 32-bit words. */
  readonly key: readonly [number, number];
  /** A new, independent stream for each path of names and numbers. The order of calls does not matter. */
  split(...path: readonly (string | number)[]): Rng;
  /** `length` uniform 32-bit words. */
  uint32(length: number): Uint32Array;
  /** `length` numbers uniform in [low, high), default [0, 1), with 24 bits each. */
  uniform(length: number, low?: number, high?: number): Float32Array;
  /** `length` numbers from N(mean, sd²), default N(0, 1). */
  normal(length: number, mean?: number, sd?: number): Float32Array;
  /** One whole number uniform in [0, bound). */
  integer(bound: number): number;
  /** The numbers 0 … length − 1 in random order. */
  permutation(length: number): Uint32Array;
}

/**
 * Makes a stream of random numbers from a seed. A stream has no position: calling `uniform(3)` twice gives the same
 * three numbers. So `split` it by a name for each purpose.
 *
 * Generator: Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * @param seed - a whole number; its low 53 bits are used
 */
export function rng(seed: number): Rng {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`rng: \`seed\` must be a whole number, got ${seed}.`);
  return fromKey(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
}

function fromKey(k0: number, k1: number): Rng {
  const uint32 = (length: number) => words(k0, k1, length);
  return {
    key: [k0, k1],
    split: (...path) => {
      const [a, b] = path.reduce<readonly [number, number]>(
        ([a, b], part) => threefry(a, b, ...counterOf(part)),
        [k0, k1],
      );
      return fromKey(a, b);
    },
    uint32,
    uniform: (length, low = 0, high = 1) => scaled(uint32(length), low, high),
    normal: (length, mean = 0, sd = 1) => boxMuller(uint32(2 * Math.ceil(length / 2)), length, mean, sd),
    integer: (bound) => {
      if (!(bound >= 1 && bound <= 2 ** 32))
        throw new RangeError(`rng.integer: \`bound\` must be in 1 … 2³², got ${bound}.`);
      const [high, low] = threefry(k0, k1, 0, 0);
      return Math.floor((((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53) * bound);
    },
    permutation: (length) => {
      const order = Uint32Array.from({ length }, (_, i) => i);
      const draws = uint32(length);
      for (let i = length - 1; i > 0; i--) {
        const j = Math.floor((draws[i]! / 2 ** 32) * (i + 1)); // Fisher–Yates
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
  };
}

function words(k0: number, k1: number, length: number): Uint32Array {
  const out = new Uint32Array(length);
  for (let i = 0; i < length; i += 2) encrypt(out, i, k0, k1, i / 2, 0);
  return out;
}

function scaled(words: Uint32Array, low: number, high: number): Float32Array {
  const out = new Float32Array(words.length);
  for (let i = 0; i < out.length; i++) out[i] = low + (words[i]! >>> 8) * 2 ** -24 * (high - low);
  return out;
}

function boxMuller(words: Uint32Array, length: number, mean: number, sd: number): Float32Array {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = sd * Math.sqrt(-2 * Math.log((words[i]! + 1) / 2 ** 32)); // + 1: the logarithm of 0 never happens
    const angle = (2 * Math.PI * words[i + 1]!) / 2 ** 32;
    out[i] = mean + radius * Math.cos(angle);
    if (i + 1 < length) out[i + 1] = mean + radius * Math.sin(angle);
  }
  return out;
}

/** A name or a number as a 64-bit counter. Names are hashed, so in practice they never collide with numbers. */
function counterOf(part: string | number): [number, number] {
  if (typeof part === "number") return [part >>> 0, Math.floor(part / 2 ** 32) >>> 0];
  let [a, b] = [0x6b2f9b1d, part.length];
  for (let i = 0; i < part.length; i++) [a, b] = threefry(a, b, part.charCodeAt(i), i);
  return [a, b];
}

/** Threefry-2x32-20: encrypts the counter (c0, c1) under the key (k0, k1). */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const out = new Uint32Array(2);
  encrypt(out, 0, k0, k1, c0, c1);
  return [out[0]!, out[1]!];
}

/** Into `out` from `at`; a word beyond its end is dropped. No lists: networks begin with millions of numbers. */
function encrypt(out: Uint32Array, at: number, k0: number, k1: number, c0: number, c1: number): void {
  let [key, next, last] = [k0 | 0, k1 | 0, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let injection = 1; injection <= 5; injection++) {
    const odd = injection % 2 === 1;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 13 : 17) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 15 : 29) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 26 : 16) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotated(x1, odd ? 6 : 24) ^ x0;
    x0 = (x0 + next) | 0;
    x1 = (x1 + last + injection) | 0;
    [key, next, last] = [next, last, key];
  }
  out[at] = x0;
  out[at + 1] = x1;
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/**
 * Derives the seed of a part from a seed and a path of names and numbers. Different paths give unrelated seeds, unlike
 * `seed + 1`. For configs, which hold seeds as plain numbers.
 */
export function subSeed(seed: number, ...path: readonly (string | number)[]): number {
  const [low, high] = rng(seed).split(...path).key;
  return low + (high >>> 11) * 2 ** 32; // 53 bits
}
