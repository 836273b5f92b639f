import { median } from "@fovea/experiment/console";
import type { Row } from "../row.js";
import { isOf } from "./cases.js";

/** A condition on the results of the large suite, and whether it holds. */
export interface Check {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

const MAX_MEGABYTES = 700;
const MAX_RATIO = 1.1;

/**
 * Checks on predictions of very large images: their memory is bounded, and does not grow with the image. The median of
 * the processes of a row counts.
 */
export function checksOf(rows: readonly Row[]): Check[] {
  const peaks = peaksOf(rows);
  const [smallest, largest] = [peaks[0], peaks.at(-1)];
  if (!smallest || !largest) return [];
  const bounded: Check = {
    what: `${largest.side}² is predicted in less than ${MAX_MEGABYTES} MB`,
    found: `${largest.peak.toFixed(0)} MB`,
    holds: largest.peak < MAX_MEGABYTES,
  };
  const ratio = largest.peak / smallest.peak;
  const even: Check = {
    what: `${largest.side}² takes at most 10 % more or less than ${smallest.side}²`,
    found: `${ratio.toFixed(3)} ×`,
    holds: Math.max(ratio, 1 / ratio) <= MAX_RATIO,
  };
  return smallest === largest ? [bounded] : [bounded, even];
}

/** The most megabytes that a process had, by side, the smallest first. */
const peaksOf = (rows: readonly Row[]): { readonly side: number; readonly peak: number }[] =>
  rows
    .filter((row) => isOf("huge", row) && row.observations.length > 0)
    .map(({ image, observations }) => ({
      side: image!,
      peak: median(observations.map(({ rss }) => rss.peak / 2 ** 20)),
    }))
    .sort((a, b) => a.side - b.side);
