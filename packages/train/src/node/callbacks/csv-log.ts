import type { History } from "../../history.js";
import type { Callback } from "../../callbacks/callback.js";
import { historyLog, type Text } from "./history-log.js";
import { shortFloat } from "./short.js";

/** What `csvLog` is made from, beside the path. */
export interface CsvLogOptions {
  /**
   * A row for each step: `step`, losses, `learningRate`, `gradientNorm`; or for each epoch: `epoch`, `steps`, metrics.
   * Default "steps".
   */
  readonly rows?: "steps" | "epochs";
}

/** Keeps the history as a comma-separated file with a header. What a row does not have is empty. */
export const csvLog = (path: string, { rows = "steps" }: CsvLogOptions = {}): Callback =>
  historyLog(path, rows === "steps" ? stepRows : epochRows);

function stepRows({ steps }: History): Text {
  const columns = Object.values(steps);
  return {
    head: Object.keys(steps).length === 0 ? "" : line(["step", ...Object.keys(steps)]) + "\n",
    lines: {
      length: columns[0]?.length ?? 0,
      at: (i) => line([i, ...columns.map((column) => shortFloat(column[i]!))]),
    },
  };
}

function epochRows({ epochs }: History): Text {
  const names = [...new Set(epochs.flatMap(({ metrics }) => Object.keys(metrics)))];
  return {
    head: epochs.length === 0 ? "" : line(["epoch", "steps", ...names]) + "\n",
    lines: epochs.map(({ epoch, steps, metrics }) =>
      line([epoch, steps, ...names.map((name) => metrics[name] ?? NaN)]),
    ),
  };
}

const line = (cells: readonly (string | number)[]): string =>
  cells.map((cell) => (Number.isNaN(cell) ? "" : quoted(String(cell)))).join(",");

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
