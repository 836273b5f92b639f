import { median } from "../statistics.js";
import { networkRows, type LargeRow } from "./row.js";

/** Something that must be so. */
export interface Check {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

const MOST = 700;
const APART = 1.1;

/**
 * Of predictions of very large pictures: memory is bounded, and does not grow with the picture. Medians of processes
 * count.
 */
export function checksOf(rows: readonly LargeRow[]): Check[] {
  const peaks = peaksOf(rows);
  const [smallest, largest] = [peaks[0], peaks.at(-1)];
  if (!smallest || !largest) return [];
  const bounded: Check = {
    what: `${largest.side}² is predicted in less than ${MOST} MB`,
    found: `${largest.peak.toFixed(0)} MB`,
    holds: largest.peak < MOST,
  };
  const ratio = largest.peak / smallest.peak;
  const even: Check = {
    what: `${largest.side}² takes at most 10 % more or less than ${smallest.side}²`,
    found: `${ratio.toFixed(3)} ×`,
    holds: Math.max(ratio, 1 / ratio) <= APART,
  };
  return smallest === largest ? [bounded] : [bounded, even];
}

/** Megabytes that processes had at the most, by side, the smallest first. */
function peaksOf(rows: readonly LargeRow[]): { readonly side: number; readonly peak: number }[] {
  const bySide = new Map<number, number[]>();
  for (const { part, side, found } of networkRows(rows))
    if (part === "huge" && found) bySide.set(side, [...(bySide.get(side) ?? []), found.rss.peak / 2 ** 20]);
  return [...bySide].map(([side, peaks]) => ({ side, peak: median(peaks) })).sort((a, b) => a.side - b.side);
}
