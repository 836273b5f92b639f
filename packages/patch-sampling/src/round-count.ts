/**
 * The number rounded up so that all its binary digits are 0 but the first two: by a half at the most, and in place of
 * all numbers between a power of two and the next there are two.
 */
export function roundCount(count: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(count)) - 1);
  return Math.ceil(count / unit) * unit;
}
