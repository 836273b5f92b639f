import type { Results } from "../results.js";
import type { Row } from "../row.js";
import { enginesTable } from "./engines-table.js";
import { headline } from "./headline.js";
import { pageTable, textTables } from "./rows-table.js";
import { markdownTable, textTable } from "@fovea/experiment/console";

/** Results for a terminal: the machine, a table an engine, and one that compares engines. */
export const textSummary = (results: Results): string => {
  const engines = enginesTable(results.rows);
  return [headline(results), ...[...textTables(results.rows), ...(engines ? [engines] : [])].map(textTable)].join(
    "\n\n",
  );
};

/** Results in Markdown, ready for a page, with the parts of a step in milliseconds. */
export const markdownSummary = (results: Results): string =>
  [headline(results), enginesMarkdown(results.rows), markdownTable(pageTable(results.rows))]
    .filter(Boolean)
    .join("\n\n") + "\n";

/** The table that compares engines, in Markdown; empty for the rows of one engine. */
export function enginesMarkdown(rows: readonly Row[]): string {
  const table = enginesTable(rows);
  return table ? `${table.title}:\n\n${markdownTable(table)}` : "";
}
