import type { Job, Results } from "@fovea/experiment";
import type { Settings } from "./settings.js";

/** Weights of the two terms of MC-Loss. */
interface Cell {
  readonly alpha: number;
  readonly beta: number;
}

const cellsOf = ({ grid, gridAlphas, gridBetas }: Settings): Cell[] =>
  grid === "off" ? [] : gridAlphas.flatMap((alpha) => gridBetas.map((beta) => ({ alpha, beta })));

/** The name of a run of the grid. */
export const idOf = ({ alpha, beta }: Cell): string => `grid/alpha-${alpha}-beta-${beta}`;

/** One short run for each pair of weights, and beside them the network without the loss. Test data are not used. */
export function gridJobs(settings: Settings): Job<Settings>[] {
  const cells = cellsOf(settings);
  const short = { ...settings, epochs: settings.gridEpochs };
  const shared = { sweep: "grid", tested: false } as const;
  return [
    ...cells.slice(0, 1).map((): Job<Settings> => ({ ...shared, id: "grid/ce", variant: "ce-wide", settings: short })),
    ...cells.map((cell): Job<Settings> => ({
      ...shared,
      id: idOf(cell),
      variant: "mc",
      settings: { ...short, ...cell },
    })),
  ];
}

/** The cell with the best validation accuracy, the first of equal ones; undefined until all of them are there. */
export function bestCell({ records }: Pick<Results, "records">, settings: Settings): Cell | undefined {
  const cells = cellsOf(settings);
  const values = cells.map((cell) => records.find(({ id }) => id === idOf(cell))?.stages[0]!.best!.value);
  if (cells.length === 0 || values.includes(undefined)) return undefined;
  return cells[values.indexOf(Math.max(...(values as number[])))];
}

export const chosenSweep = ({ alpha, beta }: Cell): string => `chosen, alpha ${alpha}, beta ${beta}`;

/** MC-Loss from scratch with the weights that the grid has chosen, the full budget, every seed. */
export function chosenJobs(results: Results, settings: Settings): Job<Settings>[] {
  const cell = bestCell(results, settings);
  if (!cell) return [];
  return results.seeds.map((seed) => ({
    ...{ id: `seed-${seed}/mc-chosen`, variant: "mc", sweep: chosenSweep(cell) },
    settings: { ...settings, ...cell, seed },
  }));
}
