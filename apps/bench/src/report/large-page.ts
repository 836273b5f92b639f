import { commandOf } from "./command.js";
import type { LargeResults } from "../large/results.js";
import { networkRows } from "../large/row.js";
import { headlineOf } from "./headline.js";
import { largeTables, type Cells } from "./large-tables.js";
import { markdownTable } from "./markdown.js";
import { plainTable } from "./plain-table.js";

/** For a terminal. */
export const largeText = (made: LargeResults): string =>
  [headingOf(made), ...largeTables(made).map(textOf)].join("\n\n");

/** For a page. */
export const largePage = (made: LargeResults): string =>
  [
    "# Pictures too large for memory: what they cost",
    `Written by \`${commandOf(made)}\`; the README of \`apps/bench\` says what the columns mean.`,
    headingOf(made).replace("\n", "  \n"),
    ...largeTables(made).map(markdownOf),
  ].join("\n\n") + "\n";

const headingOf = (made: LargeResults): string =>
  headlineOf(
    made,
    networkRows(made.rows).flatMap(({ found }) => (found ? [`${found.library}, ${found.engine}`] : [])),
  );

const textOf = ({ title, head, rows, names, notes }: Cells): string =>
  [title, plainTable(head, rows, names), ...notes.map((note) => `  ${note}`)].join("\n");

function markdownOf({ title, head, rows, names, notes }: Cells): string {
  const one = head.map((name) => name.replace("\n", " "));
  const words = [...Array(names).keys(), ...(one.at(-1) === "" ? [one.length - 1] : [])];
  const list = notes.map((note) => `- ${note}`).join("\n");
  return [`## ${title}`, markdownTable(one, rows, words), list].filter(Boolean).join("\n\n");
}
