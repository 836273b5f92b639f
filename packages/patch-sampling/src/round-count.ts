/**
 * The number rounded up so that only its first three binary digits are not 0: at most a quarter more, and four numbers
 * in place of all those between a power of two and the next.
 */
export function roundCount(count: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(count)) - 2);
  return Math.ceil(count / unit) * unit;
}
