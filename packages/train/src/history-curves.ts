import { requireCounts } from "@fovea/nn";
import type { History } from "./history.js";

/** A number over the steps of a run, for one line of a plot. */
export interface Curve {
  /** The column of the history: `loss`, `loss/term`, `learningRate`, …, or the name of a metric. */
  readonly name: string;
  /** Steps done, and the value then. */
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** How `historyCurves` thins out curves. */
export interface HistoryCurvesOptions {
  /**
   * The largest number of points of a curve, at least 1. Steps in between are averaged, so that the curves of long runs
   * can be told apart. Default 200.
   */
  readonly points?: number;
}

/**
 * The curves of a run, ready to plot: one for each column of `history.steps`, and one for each metric that callbacks
 * measured after epochs, all over the same axis, steps done. Values that are NaN are left out.
 *
 * @throws RangeError for `points` below 1
 */
export function historyCurves(history: History, { points = 200 }: HistoryCurvesOptions = {}): Curve[] {
  requireCounts("historyCurves", { points });
  const columns = Object.entries(history.steps).map(([name, values]) => ({ name, points: thinned(values, points) }));
  const metrics = new Set(history.epochs.flatMap(({ metrics }) => Object.keys(metrics)));
  const measured = [...metrics]
    .filter((name) => !Object.hasOwn(history.steps, name)) // means of steps, which are there already
    .map((name) => ({
      name,
      points: history.epochs
        .map(({ steps, metrics }) => ({ step: steps, value: metrics[name] ?? NaN }))
        .filter(({ value }) => !Number.isNaN(value)),
    }));
  return [...columns, ...measured];
}

/** Means of equally many steps each, of which the last may have fewer. */
function thinned(values: readonly number[], most: number): Curve["points"] {
  const size = Math.ceil(values.length / most);
  return Array.from({ length: Math.ceil(values.length / size) || 0 }, (_, i) => {
    const steps = values.slice(i * size, (i + 1) * size);
    const known = steps.filter((value) => !Number.isNaN(value));
    return { step: i * size + steps.length, value: known.reduce((sum, value) => sum + value, 0) / known.length };
  }).filter(({ value }) => !Number.isNaN(value));
}
