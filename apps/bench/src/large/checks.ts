import { median } from "@fovea/experiment/console";
import type { Row } from "../row.js";
import { isOf } from "./cases.js";

/** A condition on the results of the large suite, and whether it holds. */
export interface Check {
  /** The case whose rows are checked. */
  readonly case: string;
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

/** The groups of cases whose memory is to be bounded, and the megabytes of each. */
const MAX_MEGABYTES = { huge: 700, segment: 900 } as const;
const MAX_RATIO = 1.1;
/** The side of images that are very large; in less the memory of a process may not have grown to what it stays at. */
const VERY_LARGE = 10_000;

/**
 * Checks on very large images, for each case: its memory is bounded, and does not grow with the image. The median of
 * the processes of a row counts.
 */
export const checksOf = (rows: readonly Row[]): Check[] =>
  Object.entries(MAX_MEGABYTES).flatMap(([group, megabytes]) => {
    const own = rows.filter((row) => isOf(group, row) && row.observations.length > 0);
    const names = [...new Set(own.map((row) => row.case))];
    return names.flatMap((name) => checksOfCase(name, peaksOf(own.filter((row) => row.case === name)), megabytes));
  });

/** The largest image is compared with the smallest very large one; if there is none, with the smallest. */
function checksOfCase(name: string, peaks: readonly Peak[], megabytes: number): Check[] {
  const largest = peaks.at(-1)!;
  const smaller = peaks.find(({ side }) => side >= VERY_LARGE) ?? peaks[0]!;
  const bounded: Check = {
    case: name,
    what: `${name}: ${largest.side}² takes less than ${megabytes} MB`,
    found: `${largest.peak.toFixed(0)} MB`,
    holds: largest.peak < megabytes,
  };
  const ratio = largest.peak / smaller.peak;
  const even: Check = {
    case: name,
    what: `${name}: ${largest.side}² takes at most 10 % more or less than ${smaller.side}²`,
    found: `${ratio.toFixed(3)} ×`,
    holds: Math.max(ratio, 1 / ratio) <= MAX_RATIO,
  };
  return smaller === largest ? [bounded] : [bounded, even];
}

interface Peak {
  readonly side: number;
  /** The most megabytes that a process had. */
  readonly peak: number;
}

/** The peaks of the rows of one case, the smallest image first. */
const peaksOf = (rows: readonly Row[]): Peak[] =>
  rows
    .map(({ image, observations }) => ({
      side: image!,
      peak: median(observations.map(({ rss }) => rss.peak / 2 ** 20)),
    }))
    .sort((a, b) => a.side - b.side);
