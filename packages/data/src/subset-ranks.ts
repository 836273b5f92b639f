/** A pool of images, in parts, and how many subsets it has with at most one image of each part. */
export interface CountedPool {
  readonly parts: readonly (readonly number[])[];
  /** Images in a subset. */
  readonly views: number;
  /** counts[i][k]: ways to choose k images, each of another part, from parts i, i + 1, … */
  readonly counts: readonly (readonly bigint[])[];
  /** The number of subsets. */
  readonly total: bigint;
}

export function countedPool(parts: readonly (readonly number[])[], views: number): CountedPool {
  const counts = countSubsets(
    parts.map((part) => BigInt(part.length)),
    views,
  );
  return { parts, views, counts, total: counts[0]![views]! };
}

/**
 * The subsets of these numbers, counted through the pools; the numbers ascend. Each is built directly from its number
 * (combinatorial number system, Knuth TAOCP 4A, 7.2.1.3).
 */
export function subsetsAt(ranks: readonly bigint[], pools: readonly CountedPool[]): number[][] {
  let [at, before] = [0, 0n];
  return ranks.map((rank) => {
    while (rank - before >= pools[at]!.total) before += pools[at++]!.total;
    return subsetAt(rank - before, pools[at]!);
  });
}

/** The elementary symmetric polynomials e_k of the sizes i, i + 1, …: C(n − i, k) when every size is 1. */
function countSubsets(sizes: readonly bigint[], views: number): bigint[][] {
  const counts = [[1n, ...Array.from({ length: views }, () => 0n)]];
  for (const size of [...sizes].reverse()) {
    const after = counts[0]!;
    counts.unshift(after.map((ways, k) => (k === 0 ? 1n : ways + size * after[k - 1]!)));
  }
  return counts;
}

/** Subset number `first` in lexicographic order. */
function subsetAt(first: bigint, { parts, views, counts }: CountedPool): number[] {
  let rank = first;
  const chosen: number[] = [];
  for (let i = 0; chosen.length < views; i++) {
    const rest = counts[i + 1]![views - chosen.length - 1]!; // ways to go on after a member of part i
    const withPart = BigInt(parts[i]!.length) * rest;
    if (rank < withPart) {
      chosen.push(parts[i]![Number(rank / rest)]!);
      rank %= rest;
    } else rank -= withPart;
  }
  return chosen;
}
