import Table from "cli-table3";

const NO_LINES = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: " " },
};

/** A table for a terminal: columns aligned, nothing drawn. Columns are to the right but for the first `names`. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[], names = 1): string {
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    colAligns: head.map((_, i) => (i < names ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
