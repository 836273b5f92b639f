/**
 * How much a window says at each of its pixels. `constant`: the same everywhere. `gaussian`: exp(−d² / 2σ²) along each
 * axis, where d is the distance from the middle and σ an eighth of the window, since a network sees less of what is
 * around a pixel at the edge of a window.
 */
export type WindowWeighting = "constant" | "gaussian";

/** Windows along one axis of an image. */
export interface WindowGrid {
  /** Pixels of the image. */
  readonly size: number;
  /** Pixels of a window. It may be longer than the image. */
  readonly window: number;
  /** The first pixel of each window, ascending. Each pixel of the image is in at least one. */
  readonly starts: readonly number[];
  /** The share that window `i` has in each of its pixels; for each pixel of the image, shares sum to 1. */
  shares(i: number): Float64Array;
}

/**
 * Spreads windows evenly from one end of the axis to the other, as few as are at most `stride` pixels apart. Were they
 * `stride` apart and the last one moved back, it could overlap the one before almost whole, and more of it would have
 * to be kept.
 */
export function windowGrid(size: number, window: number, stride: number, weighting: WindowWeighting): WindowGrid {
  const room = Math.max(0, size - window);
  const steps = Math.ceil(room / stride);
  const starts = Array.from({ length: steps + 1 }, (_, i) => Math.round((i * room) / Math.max(1, steps)));
  const profile = Float64Array.from({ length: window }, (_, k) => weightAt(k, window, weighting));
  const total = new Float64Array(Math.max(size, window));
  for (const start of starts) profile.forEach((weight, k) => (total[start + k]! += weight));
  return { size, window, starts, shares: (i) => profile.map((weight, k) => weight / total[starts[i]! + k]!) };
}

function weightAt(pixel: number, window: number, weighting: WindowWeighting): number {
  if (weighting === "constant") return 1;
  const distance = (pixel + 0.5 - window / 2) / (window / 8);
  return Math.exp((-distance * distance) / 2);
}

/** Where the pixels end that no window after window `i` reaches. */
export const finishedAt = ({ starts, size }: WindowGrid, i: number): number => starts[i + 1] ?? size;
