import type { Data } from "@fovea/onnx-graph";
import type { Span } from "@fovea/onnx-graph/kernels";
import type { Direct } from "./traits.js";

/** `rows` runs of `length` numbers, the first at `start`, each `step` after the one before. */
interface Runs {
  readonly start: number;
  readonly step: number;
}

/** A box to copy from one array to another, run by run. */
export interface Copy {
  readonly rows: number;
  readonly length: number;
  readonly from: Runs;
  readonly to: Runs;
}

/**
 * Most runs that are copied from JavaScript. One takes about 50 ns, the way into native code and back 10 to 25 µs;
 * there a run costs next to nothing.
 */
const mostRuns = 256;

export const areFew = (runs: number): boolean => runs <= mostRuns;

export function copyRuns(x: Data, y: Data, { rows, length, from, to }: Copy): void {
  for (let row = 0; row < rows; row++) {
    const start = from.start + row * from.step;
    y.set(x.subarray(start, start + length) as never, to.start + row * to.step);
  }
}

/** All of input 0 to output 0. */
export const copyAll: Direct = ([x], [y]) => y!.set(x as never);

/** The runs of the larger of two boxes that make up the smaller, if they are few: `side` is that of the larger. */
export function runsOf(spans: readonly Span[]): (Runs & { rows: number; length: number }) | undefined {
  if (spans.length > 2) return undefined;
  const [outer, inner] = spans.length === 2 ? (spans as [Span, Span]) : [{ side: 1, before: 0, after: 0 }, spans[0]!];
  const rows = outer.side - outer.before - outer.after;
  if (!areFew(rows)) return undefined;
  const length = inner.side - inner.before - inner.after;
  return { rows, length, start: outer.before * inner.side + inner.before, step: inner.side };
}
