import type { ProbabilityBand } from "./bands.js";
import { linearPlace, next } from "./linear-places.js";

/** The finished rows of an image at one scale, from which rows at full size are resized. */
interface Rows {
  readonly bands: AsyncIterator<ProbabilityBand>;
  readonly height: number;
  readonly width: number;
  /** Rows that may still be needed. */
  kept: Float32Array[];
  /** The number of the first of them. */
  first: number;
  classes: number;
}

/** Probabilities of an image at one scale. */
export interface ScaledBands {
  readonly bands: AsyncIterable<ProbabilityBand>;
  readonly height: number;
  readonly width: number;
}

/**
 * The mean over scales of the probabilities, resized bilinearly to the size of the image, band by band. Of each scale
 * only the rows are kept that the band needs.
 */
export async function* averageScales(
  scales: readonly ScaledBands[],
  { height, width, band }: { readonly height: number; readonly width: number; readonly band: number },
): AsyncGenerator<ProbabilityBand> {
  const all = scales.map(({ bands, ...size }): Rows => ({ ...size, bands: bands[Symbol.asyncIterator](), kept: [], first: 0, classes: 0 })); // prettier-ignore
  try {
    for (let top = 0; top < height; top += band) {
      const count = Math.min(band, height - top);
      for (const rows of all) await keep(rows, top, top + count, height);
      const { classes } = all[0]!;
      const probabilities = new Float32Array(count * width * classes);
      for (const rows of all) addResized(probabilities, rows, { top, count, height, width, share: 1 / all.length });
      yield { top, height: count, width, classes, probabilities };
    }
  } finally {
    for (const { bands } of all) await bands.return?.();
  }
}

/** Waits for the rows that rows `top` … `end` − 1 at full size are made of, and forgets those before. */
async function keep(rows: Rows, top: number, end: number, height: number): Promise<void> {
  const first = linearPlace(top, rows.height, height).low;
  const last = next(linearPlace(end - 1, rows.height, height).low, rows.height);
  while (rows.first + rows.kept.length <= last) {
    const { value } = (await rows.bands.next()) as IteratorYieldResult<ProbabilityBand>;
    const line = value.width * value.classes;
    rows.classes = value.classes;
    for (let y = 0; y < value.height; y++) rows.kept.push(value.probabilities.slice(y * line, (y + 1) * line));
  }
  rows.kept.splice(0, first - rows.first);
  rows.first = first;
}

interface Target {
  readonly top: number;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly share: number;
}

function addResized(sums: Float32Array, rows: Rows, { top, count, height, width, share }: Target): void {
  const { classes, kept } = rows;
  const columns = Array.from({ length: width }, (_, x) => linearPlace(x, rows.width, width));
  const row = new Float32Array(rows.width * classes);
  for (let y = 0, i = 0; y < count; y++) {
    const place = linearPlace(top + y, rows.height, height);
    const [a, b] = [kept[place.low - rows.first]!, kept[next(place.low, rows.height) - rows.first]!];
    for (let k = 0; k < row.length; k++) row[k] = share * (a[k]! + place.share * (b[k]! - a[k]!));
    for (const { low, share: right } of columns) {
      const [left, after] = [low * classes, next(low, rows.width) * classes];
      for (let c = 0; c < classes; c++, i++) sums[i]! += row[left + c]! + right * (row[after + c]! - row[left + c]!);
    }
  }
}
