/** Mean ± sample standard deviation, with so many decimals. */
export function spread(values: readonly number[], decimals = 1): string {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${rounded(mean, decimals)} ± ${rounded(Math.sqrt(variance), decimals)}`;
}

/** Without a sign before what rounds to zero. */
export const rounded = (value: number, decimals: number): string =>
  value.toFixed(decimals).replace(/^-(0\.?0*)$/, "$1");
