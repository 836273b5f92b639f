import type { Rng } from "@fovea/nn";

/** `count` different numbers of 0 … size − 1, in random order: the first steps of a Fisher–Yates shuffle, O(count). */
export function drawDistinct(rng: Rng, size: number, count: number): number[] {
  const moved = new Map<number, number>();
  const words = rng.uint32(count);
  return Array.from({ length: count }, (_, i) => {
    const j = i + Math.floor((words[i]! / 2 ** 32) * (size - i));
    const drawn = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return drawn;
  });
}

/** A whole number uniform in [0, bound), to within 2⁻⁶⁴, for bounds of any size. */
function bigUniform(rng: Rng, bound: bigint): bigint {
  const words = Math.ceil(bound.toString(2).length / 32) + 2;
  const value = rng.uint32(words).reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return (value * bound) >> BigInt(32 * words);
}

/**
 * `count` different whole numbers of [0, bound), ascending, every subset as likely (Floyd; Bentley 1987, CACM 30 (9)).
 */
export function drawDistinctBig(rng: Rng, bound: bigint, count: number): bigint[] {
  const chosen = new Set<bigint>();
  for (let top = bound - BigInt(count); top < bound; top++) {
    const drawn = bigUniform(rng.split(chosen.size), top + 1n);
    chosen.add(chosen.has(drawn) ? top : drawn);
  }
  return [...chosen].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
