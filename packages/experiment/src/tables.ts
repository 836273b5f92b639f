import CliTable from "cli-table3";

/** A table for a terminal or a page. */
export interface Table {
  /** Line above the table, on terminals only. Default: none. */
  readonly title?: string;
  /** A line break in a name counts on terminals only. */
  readonly head: readonly string[];
  /** Cells of each row, as many as `head` has. */
  readonly rows: readonly (readonly string[])[];
  /** Number of columns at the left that hold words; the others hold numbers. Default: 1. */
  readonly words?: number;
  /** Sentences under the table. */
  readonly notes?: readonly string[];
}

const NO_LINES = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: " " },
};

/** A table as text: columns aligned, without lines. */
export function textTable({ title, head, rows, words = 1, notes = [] }: Table): string {
  const table = new CliTable({
    head: [...head],
    chars: NO_LINES,
    colAligns: head.map((_, i) => (i < words ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return [...(title ? [title] : []), ...lines, ...notes.map((note) => `  ${note}`)].join("\n");
}

/** A table in Markdown, without its title and notes. A last column without a name holds words. */
export function markdownTable({ head, rows, words = 1 }: Table): string {
  const names = head.map((name) => name.replace("-\n", "-").replace("\n", " "));
  const isWords = (i: number) => i < words || names[i] === "" || names[i] === "notes";
  return [names, names.map((_, i) => (isWords(i) ? "---" : "---:")), ...rows].map(line).join("\n");
}

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
