/**
 * Shares out `seats` in proportion to the shares, as whole numbers, by the method of largest remainders: each quota is
 * rounded down, and the seats that are left go to the largest remainders, the first of equal ones.
 */
export function apportion(shares: ArrayLike<number>, seats: number): Int32Array {
  const all = Array.from(shares);
  const total = all.reduce((a, b) => a + b, 0);
  const quotas = all.map((share) => (share / total) * seats);
  const given = Int32Array.from(quotas, Math.floor);
  const rest = seats - given.reduce((a, b) => a + b, 0);
  const order = all.map((_, i) => i).sort((a, b) => quotas[b]! - given[b]! - (quotas[a]! - given[a]!) || a - b);
  for (const i of order.slice(0, rest)) given[i]!++;
  return given;
}
