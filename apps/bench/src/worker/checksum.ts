/** A tensor in two numbers: enough to tell whether another engine computed the same. */
export interface Checksum {
  readonly name: string;
  /** Σ ±xᵢ, with signs that look random. */
  readonly projection: number;
  /** √Σ xᵢ² */
  readonly norm: number;
}

/** The checksum of a tensor's numbers. */
export function checksum(name: string, values: ArrayLike<number>): Checksum {
  let [projection, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    projection += Math.imul(i + 1, 0x9e3779b1) < 0 ? -x : x;
    squares += x * x;
  }
  return { name, projection, norm: Math.sqrt(squares) };
}

/**
 * The worst relative difference between two lists of checksums: 0 where they agree, Infinity where one has a tensor
 * that the other lacks, or a number that is not finite. Differences are relative to the tensor's norm, but not to less
 * than a thousandth of the largest norm: a gradient that is zero in exact arithmetic is rounding error on every engine.
 */
export function difference(found: readonly Checksum[], expected: readonly Checksum[]): number {
  if (found.length !== expected.length) return Infinity;
  const floor = Math.max(...expected.map(({ norm }) => norm)) / 1000;
  const each = expected.map(({ name, projection, norm }, i) => {
    const other = found[i]!;
    if (other.name !== name) return Infinity;
    const apart = Math.max(Math.abs(other.projection - projection), Math.abs(other.norm - norm));
    return apart === 0 ? 0 : apart / Math.max(norm, floor);
  });
  const worst = Math.max(...each);
  return Number.isFinite(worst) ? worst : Infinity; // NaN too
}
